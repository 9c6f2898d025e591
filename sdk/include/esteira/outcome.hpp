#pragma once
#include <chrono>
#include <esteira/money.hpp>
#include <optional>
#include <string>
#include <utility>

namespace esteira {

/// What a handler says of one message. A closed vocabulary: done, retry, fail.
class Outcome {
 public:
  enum class Kind { done, retry, fail };

  /// The stage did its work. `data` is a JSON object as text: it is stored as the order's enrichment and travels with
  /// the order; empty when there is nothing to keep. Anything but a JSON object makes the attempt a failure.
  static Outcome done(std::string data = {}) { return {Kind::done, std::move(data), {}}; }

  /// Not now: try again later. Burns an attempt; after the last one the order fails with this reason.
  /// Without a delay, the stage's own list of retry delays decides; with one, the nearest of that list not below it.
  static Outcome retry(std::string reason, std::optional<std::chrono::milliseconds> delay = {}) {
    Outcome outcome{Kind::retry, {}, std::move(reason)};
    outcome.delay_ = delay;
    return outcome;
  }

  /// Never again: the order fails with this reason, and the message goes to the dead-letter queue.
  static Outcome fail(std::string reason) { return {Kind::fail, {}, std::move(reason)}; }

  /// With done: the order's total from here on.
  Outcome& total(Money amount) & {
    total_ = amount;
    return *this;
  }
  Outcome&& total(Money amount) && { return std::move(total(amount)); }

  /// With done: publish under this routing key instead of the stage's own. At most 200 characters of [a-z0-9._-].
  Outcome& routing_key(std::string key) & {
    routing_key_ = std::move(key);
    return *this;
  }
  Outcome&& routing_key(std::string key) && { return std::move(routing_key(std::move(key))); }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& data() const { return data_; }
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
