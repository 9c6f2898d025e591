#pragma once
#include <amqp.h>

#include <optional>

#include "runtime/amqp/broker_event.hpp"

namespace esteira::runtime::amqp {

/// Assembles the frames of one channel, and of channel 0, into broker events. It copies all it needs, so the library's
/// buffers can be released after every frame. A partly received message does not block its reader.
class FrameAssembler {
 public:
  /// Returns an event when this frame completes one. Throws BrokerError for a frame out of order and for a cancelled
  /// consumer.
  std::optional<BrokerEvent> accept(const amqp_frame_t& frame);

 private:
  enum class Expecting { method, header, body };
  std::optional<BrokerEvent> accept_method(const amqp_method_t& method);
  std::optional<BrokerEvent> accept_header(const amqp_frame_t& frame);
  std::optional<BrokerEvent> accept_body(const amqp_frame_t& frame);
  std::optional<BrokerEvent> complete();

  Expecting expecting_ = Expecting::method;
  bool returned_ = false;  ///< the message being received comes from basic.return
  Delivery delivery_;
  std::uint64_t return_tag_ = 0;
  std::uint64_t body_bytes_left_ = 0;
};

}  // namespace esteira::runtime::amqp
