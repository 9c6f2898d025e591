#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/amqp/broker_event.hpp"
#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/message.hpp"

namespace esteira::runtime::amqp {

class FrameAssembler;
class FrameWriter;
class PropertyEncoder;

struct QueueArgument {
  std::string name;
  std::variant<std::int64_t, std::string> value;
};
using QueueArguments = std::vector<QueueArgument>;

/// A channel of a connection. Only the connection's thread may use it. Every function throws BrokerError. After an
/// error neither the channel nor its connection can be used again: open a new connection. The exception is `reopen`.
class Channel {
 public:
  static constexpr std::uint16_t kMain = 1;

  explicit Channel(Connection& connection, std::uint16_t number = kMain);  ///< opens the channel
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Opens the channel again after the broker has closed it because it refused a request: the BrokerError has a reply
  /// code. Consumers and confirm mode are gone. Throws when the whole connection was closed.
  void reopen();

  /// Declares a durable topic exchange.
  void declare_exchange(const std::string& exchange);
  /// Asks whether the exchange exists, and throws with reply code 404 when it does not. Needs no right to configure.
  void require_exchange(const std::string& exchange);
  /// Asks whether the user may publish to the exchange ("": the default exchange), and throws with reply code 403 when
  /// not, 404 when the exchange does not exist. Nothing is published: the broker checks the right first, and then
  /// refuses a property of the message.
  void require_write(const std::string& exchange);
  /// Asks whether the user may consume from the queue, and throws with reply code 403 when not, 404 when the queue does
  /// not exist. No consumer begins: the broker checks the right first, and then refuses an argument.
  void require_read(const std::string& queue);
  /// Declares a durable exchange that nothing is published to, with `value` in its argument alternate-exchange: the
  /// broker compares it. Throws with reply code 406 when the exchange has another value.
  void declare_mark(const std::string& exchange, const std::string& value);
  /// Deletes the exchange. Idempotent.
  void delete_exchange(const std::string& exchange);
  /// Declares a durable quorum queue with these additional arguments.
  void declare_queue(const std::string& queue, const QueueArguments& arguments);
  void bind_queue(const std::string& queue, const std::string& exchange, const std::string& routing_key);
  /// Idempotent: the binding, the queue and the exchange need not exist.
  void unbind_queue(const std::string& queue, const std::string& exchange, const std::string& routing_key);
  struct QueueState {
    std::size_t ready = 0;      ///< messages that no consumer has
    std::size_t consumers = 0;  ///< of all connections
  };
  /// Throws with reply code 404 when the queue does not exist. Needs no right to configure.
  [[nodiscard]] QueueState queue_state(const std::string& queue);
  /// The number of ready messages in the queue, as queue_state.
  [[nodiscard]] std::size_t ready_count(const std::string& queue) { return queue_state(queue).ready; }
  /// Deletes a queue with its messages and bindings. Idempotent.
  void delete_queue(const std::string& queue);

  /// Of each consumer that begins from now on.
  void set_prefetch(std::uint16_t count);
  /// Begins a consumer, and returns its tag. A queue may have several consumers on a channel.
  std::string consume(const std::string& queue);
  /// Cancels a consumer. Deliveries that the broker sent before it handled the cancel still arrive, and all deliveries
  /// of the consumer can be acknowledged.
  void cancel(const std::string& consumer_tag);
  /// basic.get: one message, which must be acknowledged by its tag. Empty when the queue has no ready message.
  [[nodiscard]] std::optional<Delivery> get(const std::string& queue);
  /// Sent by the next `flush`.
  void ack(std::uint64_t tag, bool multiple);
  /// Returns every unacknowledged message of the channel to its queue (basic.nack), at once. Since RabbitMQ 4.3 this
  /// does not count towards the delivery limit, unlike a channel that closes with unacknowledged messages. Cancel the
  /// consumers before: they would get the messages again.
  void requeue_unacknowledged();

  void confirm_select();
  /// Sent by the next `flush`. `tag` is the publish tag: the number of publications on this channel, this one included.
  void publish(const Publication& publication, std::uint64_t tag);
  /// Sends the acks and publications in one write. Blocks only while the socket's send buffer is full.
  void flush();

  /// Returns the next event that was received; empty when there is none. Never blocks: poll the connection's descriptor
  /// after an empty result. Also sends heartbeats and detects missing ones, so call it at least every second.
  std::optional<BrokerEvent> next();

  /// Closes the channel. When it returns, the broker has processed all that was sent.
  void close();

 private:
  void open();
  void check_reply(std::string_view operation);
  void accept_precondition_failed(std::string_view operation);
  [[nodiscard]] bool all_is_read() const;

  Connection& connection_;
  const std::uint16_t number_;
  std::unique_ptr<FrameAssembler> assembler_;
  std::unique_ptr<PropertyEncoder> encoder_;
  std::unique_ptr<FrameWriter> writer_;
  bool has_read_ = false;  ///< a frame was read since `next` last returned empty
};

}  // namespace esteira::runtime::amqp
