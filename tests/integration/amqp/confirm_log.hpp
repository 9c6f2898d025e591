#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/amqp/publisher.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

/// Counts the confirms that a publisher reports, by token. Thread-safe.
class ConfirmLog {
 public:
  runtime::amqp::Publisher::OnConfirmed keep() {
    return [this](const std::vector<std::uint64_t>& tokens) {
      const std::lock_guard lock(mutex_);
      for (const auto token : tokens) ++times_[token];
    };
  }
  [[nodiscard]] std::map<std::uint64_t, int> times() const {
    const std::lock_guard lock(mutex_);
    return times_;
  }
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return times_.size();
  }
  [[nodiscard]] bool await(std::size_t count) const {
    return wait_until([&] { return this->count() >= count; }, std::chrono::seconds(60));
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, int> times_;
};

/// Publications with tokens and bodies `first`, `first`+1, ...
inline std::vector<runtime::amqp::Publication> numbered(const std::string& exchange, const std::string& routing_key,
                                                        std::uint64_t first, std::uint64_t count) {
  std::vector<runtime::amqp::Publication> publications;
  for (std::uint64_t number = first; number < first + count; ++number) {
    auto& publication = publications.emplace_back();
    publication.exchange = exchange;
    publication.routing_key = routing_key;
    publication.body = std::to_string(number);
    publication.token = number;
  }
  return publications;
}

}  // namespace esteira::test
