#pragma once
#include <chrono>
#include <esteira/money.hpp>
#include <optional>
#include <string>
#include <utility>

namespace esteira {

/// The result of a handler for one message: done, retry, fail or snooze. A value; it can be copied and moved.
class Outcome {
 public:
  enum class Kind { done, retry, fail, snooze };

  /// The stage has done its work. `data` is a JSON object as text, or empty for no data. The host stores it as the
  /// enrichment of the order and passes it to later stages. Any other text makes the attempt a failed one.
  static Outcome done(std::string data = {}) { return {Kind::done, std::move(data), {}}; }

  /// The attempt failed; the host tries again after a delay. After the last attempt the order fails with this reason.
  /// The number of attempts and their delays come from ESTEIRA_RETRY_DELAYS. `delay` asks for another delay, such as a
  /// server's Retry-After: the next attempt does not begin earlier. A delay of zero or less asks for none, and one that
  /// is longer than ESTEIRA_SNOOZE_LIMIT is cut to it.
  static Outcome retry(std::string reason, std::optional<std::chrono::milliseconds> delay = {}) {
    Outcome outcome{Kind::retry, {}, std::move(reason)};
    outcome.delay_ = delay;
    return outcome;
  }

  /// The order fails with this reason, without another attempt. The message goes to the dead-letter queue.
  static Outcome fail(std::string reason) { return {Kind::fail, {}, std::move(reason)}; }

  /// The stage waits for something that has not happened yet: the host calls the handler again after `delay`, with the
  /// same attempt. No attempt is used, and the host takes other messages meanwhile. Each snooze counts from the stage's
  /// first one for this order: after ESTEIRA_SNOOZE_LIMIT a snooze is a failed attempt, as `retry` is. A delay of zero
  /// or less is one millisecond, and one that ends after the limit is cut to it.
  static Outcome snooze(std::chrono::milliseconds delay, std::string reason) {
    Outcome outcome{Kind::snooze, {}, std::move(reason)};
    outcome.delay_ = delay;
    return outcome;
  }

  /// With `done` only: sets the order's total.
  Outcome& total(Money amount) & {
    total_ = amount;
    return *this;
  }
  Outcome&& total(Money amount) && { return std::move(total(amount)); }

  /// With `done` only: publishes under this routing key instead of the stage's. [a-z0-9._-]+, at most 200 characters.
  Outcome& routing_key(std::string key) & {
    routing_key_ = std::move(key);
    return *this;
  }
  Outcome&& routing_key(std::string key) && { return std::move(routing_key(std::move(key))); }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& data() const& { return data_; }
  [[nodiscard]] std::string data() && { return std::move(data_); }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] const std::optional<std::chrono::milliseconds>& delay() const { return delay_; }
  [[nodiscard]] const std::optional<Money>& total() const { return total_; }
  [[nodiscard]] const std::string& routing_key() const { return routing_key_; }

 private:
  Outcome(Kind kind, std::string data, std::string reason)
      : kind_(kind), data_(std::move(data)), reason_(std::move(reason)) {}

  Kind kind_;
  std::string data_;
  std::string reason_;
  std::optional<std::chrono::milliseconds> delay_;
  std::optional<Money> total_;
  std::string routing_key_;
};

}  // namespace esteira
