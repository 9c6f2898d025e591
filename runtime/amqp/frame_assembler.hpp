#pragma once
#include <amqp.h>

#include <optional>

#include "runtime/amqp/event.hpp"

namespace esteira::runtime::amqp {

/// Puts the frames of one channel (and of channel 0) together into events, copying what it needs, so that the library's
/// buffers may be released after every frame and nobody ever waits in the middle of a message.
class FrameAssembler {
 public:
  /// An event, when this frame completes one. Throws BrokerError for frames out of order and a cancelled consumer.
  std::optional<Event> accept(const amqp_frame_t& frame);

 private:
  enum class Expecting { method, header, body };
  std::optional<Event> accept_method(const amqp_method_t& method);
  std::optional<Event> accept_header(const amqp_frame_t& frame);
  std::optional<Event> accept_body(const amqp_frame_t& frame);
  std::optional<Event> complete();

  Expecting expecting_ = Expecting::method;
  bool returned_ = false;  ///< the message under way is a returned one
  Delivery delivery_;
  std::uint64_t return_tag_ = 0;
  std::uint64_t body_left_ = 0;
};

}  // namespace esteira::runtime::amqp
