#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "bench/load/latencies.hpp"
#include "bench/load/response_reader.hpp"

namespace esteira::bench {

/// What was answered to a number of POSTs.
struct Tally {
  Latencies accepted;
  std::vector<std::string> ids;         ///< of accepted orders, in the order of the answers
  std::map<int, std::size_t> others;    ///< answers that are not 202, by status; 0: cut off without one
  std::size_t without_retry_after = 0;  ///< of those that were answered

  void add(const Response& response, std::chrono::nanoseconds took);
  /// Throws when anything but 202 was answered.
  void require_all_accepted() const;
};

}  // namespace esteira::bench
