#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/dlq/dead_letter_filter.hpp"
#include "cli/dlq/dead_letter_message.hpp"
#include "cli/installation.hpp"
#include "runtime/amqp/queue_reader.hpp"

namespace esteira::cli {

/// Reads the dead letters of all stages, queue by queue, and returns those that match a filter. A queue is read up to
/// its length when it was opened. A message stays in its queue unless `remove` is called for it. One thread. Every
/// member throws BrokerError.
class DeadLetterReader {
 public:
  /// Throws UsageError when the filter names a stage that has no dead-letter queue. `installation` must outlive this.
  DeadLetterReader(const Installation& installation, runtime::postgres::Session& session, DeadLetterFilter filter);

  /// The number of dead letters in the queues that are read, whether they match or not.
  [[nodiscard]] std::size_t size() const;
  /// The next match; nothing at the end.
  std::optional<DeadLetterMessage> next();
  /// Removes a message that `next` returned last from its queue.
  void remove(const DeadLetterMessage& message) { reader_->take(message.delivery); }
  /// Waits for `time` and keeps the connection to the broker alive meanwhile.
  void pause(std::chrono::milliseconds time);

 private:
  struct Queue {
    std::string stage;
    std::size_t ready = 0;
  };
  bool open_next();
  [[nodiscard]] DeadLetterMessage parse(runtime::amqp::Delivery&& delivery) const;

  const Installation& installation_;
  DeadLetterFilter filter_;
  std::vector<Queue> queues_;
  std::size_t opened_ = 0;
  std::unique_ptr<runtime::amqp::QueueReader> reader_;
};

}  // namespace esteira::cli
