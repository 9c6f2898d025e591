#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "bench/load/latencies.hpp"
#include "bench/load/response_reader.hpp"

namespace esteira::bench {

/// The responses to a number of POSTs.
struct PostResults {
  Latencies accepted;
  std::vector<std::string> ids;               ///< of accepted orders, in the order of the responses
  std::map<int, std::size_t> other_statuses;  ///< number of responses other than 202, by status; 0: no response
  std::size_t without_retry_after = 0;        ///< number of these responses without Retry-After

  void add(const Response& response, std::chrono::nanoseconds latency);
  /// Throws when there is a response other than 202.
  void require_all_accepted() const;
};

}  // namespace esteira::bench
