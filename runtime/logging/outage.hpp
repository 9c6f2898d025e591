#pragma once
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace esteira::runtime {

/// Logs an outage that is met again and again without flooding the log: a warning for each new reason, at most five,
/// and one line when the outage ends. Thread-safe: parts that meet the same outage share one object, and readiness asks
/// it for the reason.
class Outage {
 public:
  /// `failed_text` is logged while the outage lasts, `recovered_text` when it ends.
  Outage(std::string failed_text, std::string recovered_text)
      : failed_text_(std::move(failed_text)), recovered_text_(std::move(recovered_text)) {}

  /// Something is tried for the first time: `reason` says `text` until it has failed or succeeded. Not logged.
  void await_first(std::string text);
  /// Reports a failure. Returns whether it was logged: the reason is new in this outage.
  bool failed(std::string_view reason);
  /// Reports a success. Returns whether it was logged: it ends an outage.
  bool recovered();

  /// `failed_text` and the latest reason; empty when there is no outage and no first try is awaited.
  [[nodiscard]] std::string reason() const;

 private:
  bool is_new(std::string_view reason);

  const std::string failed_text_;
  const std::string recovered_text_;
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> logged_;
  std::string latest_;
  std::string awaited_;
};

}  // namespace esteira::runtime
