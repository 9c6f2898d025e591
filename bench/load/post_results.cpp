#include "bench/load/post_results.hpp"

#include <stdexcept>

#include "bench/load/request_builder.hpp"

namespace esteira::bench {

void PostResults::add(const Response& response, std::chrono::nanoseconds latency) {
  constexpr int kAccepted = 202;
  if (response.status == kAccepted) {
    accepted.add(latency);
    ids.push_back(parse_order_id(response.body));
    return;
  }
  ++other_statuses[response.status];
  if (response.status != 0 && !response.retry_after) ++without_retry_after;
}

void PostResults::require_all_accepted() const {
  if (other_statuses.empty()) return;
  const auto& [status, count] = *other_statuses.begin();
  throw std::runtime_error(std::to_string(count) + " POSTs got status " + std::to_string(status) + " (0: no response)");
}

}  // namespace esteira::bench
