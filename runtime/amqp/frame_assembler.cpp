#include "runtime/amqp/frame_assembler.hpp"

#include <amqp_framing.h>

#include <algorithm>
#include <utility>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/message_codec.hpp"
#include "runtime/amqp/reply.hpp"
#include "runtime/text/parse_integer.hpp"

namespace esteira::runtime::amqp {
namespace {

// The header announces the size of the body. No more than this is reserved before the body arrives.
constexpr std::uint64_t kMaxBodyReserve = 1 << 20;

std::uint64_t tag_from(std::string_view text) { return parse_integer<std::uint64_t>(text).value_or(0); }

BrokerEvent blocked_event(const amqp_method_t& method) {
  if (method.id == AMQP_CONNECTION_UNBLOCKED_METHOD) return Blocked{};
  return Blocked{true, one_line(view(static_cast<const amqp_connection_blocked_t*>(method.decoded)->reason))};
}

}  // namespace

std::optional<BrokerEvent> FrameAssembler::accept(const amqp_frame_t& frame) {
  if (frame.frame_type == AMQP_FRAME_METHOD && frame.channel == 0) return accept_method(frame.payload.method);
  if (frame.frame_type == AMQP_FRAME_METHOD && expecting_ == Expecting::method) {
    return accept_method(frame.payload.method);
  }
  if (frame.frame_type == AMQP_FRAME_HEADER && expecting_ == Expecting::header) return accept_header(frame);
  if (frame.frame_type == AMQP_FRAME_BODY && expecting_ == Expecting::body) return accept_body(frame);
  throw BrokerError("the broker sent a frame out of order");
}

std::optional<BrokerEvent> FrameAssembler::accept_method(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD: {
      const auto& deliver = *static_cast<const amqp_basic_deliver_t*>(method.decoded);
      delivery_.id.tag = deliver.delivery_tag;
      delivery_.routing_key = view(deliver.routing_key);
      delivery_.redelivered = deliver.redelivered != 0;
      returned_ = false;
      expecting_ = Expecting::header;
      return std::nullopt;
    }
    case AMQP_BASIC_RETURN_METHOD:
      returned_ = true;
      expecting_ = Expecting::header;
      return std::nullopt;
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = *static_cast<const amqp_basic_ack_t*>(method.decoded);
      return Confirm{ack.delivery_tag, ack.multiple != 0, true};
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = *static_cast<const amqp_basic_nack_t*>(method.decoded);
      return Confirm{nack.delivery_tag, nack.multiple != 0, false};
    }
    case AMQP_CONNECTION_BLOCKED_METHOD:
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      return blocked_event(method);
    case AMQP_BASIC_CANCEL_METHOD:
      throw BrokerError("the broker cancelled the consumer: its queue was deleted or lost its leader");
    default:
      return std::nullopt;
  }
}

std::optional<BrokerEvent> FrameAssembler::accept_header(const amqp_frame_t& frame) {
  const auto& properties = *static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded);
  body_bytes_left_ = frame.payload.properties.body_size;
  if (returned_) {
    return_tag_ = tag_from(correlation_id(properties));
  } else {
    decode_properties(properties, delivery_);
    delivery_.body.reserve(std::min(body_bytes_left_, kMaxBodyReserve));
  }
  expecting_ = Expecting::body;
  return body_bytes_left_ == 0 ? complete() : std::nullopt;
}

std::optional<BrokerEvent> FrameAssembler::accept_body(const amqp_frame_t& frame) {
  const auto fragment = view(frame.payload.body_fragment);
  if (fragment.size() > body_bytes_left_) throw BrokerError("the broker sent a longer body than announced");
  if (!returned_) delivery_.body.append(fragment);
  body_bytes_left_ -= fragment.size();
  return body_bytes_left_ == 0 ? complete() : std::nullopt;
}

std::optional<BrokerEvent> FrameAssembler::complete() {
  expecting_ = Expecting::method;
  if (returned_) return Return{return_tag_};
  return std::exchange(delivery_, {});
}

}  // namespace esteira::runtime::amqp
