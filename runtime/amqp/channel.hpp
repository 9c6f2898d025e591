#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/event.hpp"
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

/// The one channel of a connection. For the connection's thread. Everything throws BrokerError; after that both channel
/// and connection are of no more use: a channel that the broker closed is replaced by a new connection.
class Channel {
 public:
  explicit Channel(Connection& connection);  ///< opens
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Durable, of type topic.
  void declare_exchange(const std::string& exchange);
  /// Durable, of type quorum, with these arguments besides.
  void declare_queue(const std::string& queue, const QueueArguments& arguments);
  void bind_queue(const std::string& queue, const std::string& exchange, const std::string& routing_key);
  /// Messages ready in a queue that must exist.
  [[nodiscard]] std::size_t ready_count(const std::string& queue);

  void set_prefetch(std::uint16_t count);
  void consume(const std::string& queue);
  /// No more deliveries come after those already under way.
  void cancel();
  /// One message, to be acknowledged by its tag; nothing when the queue is empty.
  [[nodiscard]] std::optional<Delivery> get(const std::string& queue);
  /// Leaves with the next `flush`.
  void ack(std::uint64_t tag, bool multiple);

  void confirm_select();
  /// Leaves with the next `flush`. `tag` is how many were published on this channel, this one included.
  void publish(const Publication& publication, std::uint64_t tag);
  /// Sends acks and publications, all in one write. Waits only when the socket is full.
  void flush();

  /// The next thing that the broker said; nothing when no more is at hand. Never waits. Also sends heartbeats and
  /// notices their absence, so it is to be called every now and then. After nothing, poll the connection's descriptor.
  std::optional<Event> next();

  /// When it returns, the broker has taken what was sent.
  void close();

 private:
  void check_reply(std::string_view doing);
  [[nodiscard]] bool all_is_read() const;

  Connection& connection_;
  std::unique_ptr<FrameAssembler> assembler_;
  std::unique_ptr<PropertyEncoder> encoder_;
  std::unique_ptr<FrameWriter> writer_;
  std::string consumer_tag_;
  bool has_read_ = false;  ///< since `next` last gave nothing
};

}  // namespace esteira::runtime::amqp
