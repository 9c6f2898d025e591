#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/installation.hpp"
#include "cli/options.hpp"
#include "runtime/amqp/queue_reader.hpp"
#include "runtime/orders/operations/redrive.hpp"

namespace esteira::cli {

/// A message in a dead-letter queue.
struct QueuedDeadLetter {
  runtime::orders::DeadLetter letter;  ///< order_id is empty when the body is no order
  std::string fault;                   ///< what is wrong with the body; empty when it is an order
  std::string message_id;
  std::int64_t died_at = 0;  ///< seconds since 1970; 0 unknown
  runtime::amqp::Delivery delivery;
};

/// Which of them are meant.
struct DeadLetterFilter {
  static DeadLetterFilter from(const Options& options);
  /// The options it understands.
  static std::set<std::string_view> options();

  std::optional<std::string> stage;
  std::optional<std::string> order;
  std::optional<std::string> reason;  ///< a part of it
  std::optional<std::chrono::milliseconds> older;

  [[nodiscard]] bool matches(const QueuedDeadLetter& letter, std::int64_t now) const;
};

/// Goes through the dead letters of all stages that a filter wants, queue by queue, each as it stood when it was begun.
class DeadLetters {
 public:
  DeadLetters(const Installation& installation, runtime::postgres::Session& session, DeadLetterFilter filter);

  /// How many letters the queues hold, whatever the filter says.
  [[nodiscard]] std::size_t size() const;
  /// The next that matches; nothing at the end. The one before it stays in its queue unless it was taken.
  std::optional<QueuedDeadLetter> next();
  void take(const QueuedDeadLetter& letter) { reader_->take(letter.delivery); }
  /// Lets time go by while the queue is held.
  void pause(std::chrono::milliseconds time);

 private:
  struct Queue {
    std::string stage;
    std::size_t ready = 0;
  };
  bool open_next();
  [[nodiscard]] QueuedDeadLetter read(runtime::amqp::Delivery&& delivery) const;

  const Installation& installation_;
  DeadLetterFilter filter_;
  std::vector<Queue> queues_;
  std::size_t opened_ = 0;
  std::unique_ptr<runtime::amqp::QueueReader> reader_;
};

}  // namespace esteira::cli
