#include "bench/load/tally.hpp"

#include <stdexcept>

#include "bench/load/requests.hpp"

namespace esteira::bench {

void Tally::add(const Response& response, std::chrono::nanoseconds took) {
  constexpr int kAccepted = 202;
  if (response.status == kAccepted) {
    accepted.add(took);
    ids.push_back(order_id_in(response.body));
    return;
  }
  ++others[response.status];
  if (response.status != 0 && !response.retry_after) ++without_retry_after;
}

void Tally::require_all_accepted() const {
  if (others.empty()) return;
  const auto& [status, count] = *others.begin();
  throw std::runtime_error(std::to_string(count) + " POSTs were answered with status " + std::to_string(status) +
                           " (0: not at all)");
}

}  // namespace esteira::bench
