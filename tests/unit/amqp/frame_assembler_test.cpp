#include "runtime/amqp/frame_assembler.hpp"

#include <amqp_framing.h>

#include <catch2/catch.hpp>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/reply.hpp"

namespace esteira::runtime::amqp {

namespace {

amqp_frame_t method_frame(amqp_method_number_t id, void* decoded, amqp_channel_t channel = 1) {
  amqp_frame_t frame{};
  frame.frame_type = AMQP_FRAME_METHOD;
  frame.channel = channel;
  frame.payload.method.id = id;
  frame.payload.method.decoded = decoded;
  return frame;
}

amqp_frame_t header_frame(std::uint64_t size, amqp_basic_properties_t& properties) {
  amqp_frame_t frame{};
  frame.frame_type = AMQP_FRAME_HEADER;
  frame.channel = 1;
  frame.payload.properties.body_size = size;
  frame.payload.properties.decoded = &properties;
  return frame;
}

amqp_frame_t body_frame(std::string_view text) {
  amqp_frame_t frame{};
  frame.frame_type = AMQP_FRAME_BODY;
  frame.channel = 1;
  frame.payload.body_fragment = bytes_of(text);
  return frame;
}

amqp_frame_t deliver_frame(amqp_basic_deliver_t& deliver) {
  deliver.delivery_tag = 7;
  deliver.redelivered = 1;
  deliver.routing_key = amqp_cstring_bytes("order.created");
  return method_frame(AMQP_BASIC_DELIVER_METHOD, &deliver);
}

}  // namespace

TEST_CASE("a delivery is complete after its last body frame") {
  FrameAssembler assembler;
  amqp_basic_deliver_t deliver{};
  amqp_basic_properties_t properties{};
  CHECK_FALSE(assembler.accept(deliver_frame(deliver)));
  CHECK_FALSE(assembler.accept(header_frame(5, properties)));
  CHECK_FALSE(assembler.accept(body_frame("abc")));
  const auto event = assembler.accept(body_frame("de"));
  REQUIRE(event);
  const auto& delivery = std::get<Delivery>(*event);
  CHECK(delivery.id.tag == 7);
  CHECK(delivery.redelivered);
  CHECK(delivery.routing_key == "order.created");
  CHECK(delivery.body == "abcde");
}

TEST_CASE("a delivery without a body is complete after its header") {
  FrameAssembler assembler;
  amqp_basic_deliver_t deliver{};
  amqp_basic_properties_t properties{};
  assembler.accept(deliver_frame(deliver));
  CHECK(assembler.accept(header_frame(0, properties)));
}

TEST_CASE("basic.return yields the publish tag from the correlation id") {
  FrameAssembler assembler;
  amqp_basic_return_t returned{};
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_CORRELATION_ID_FLAG;
  properties.correlation_id = amqp_cstring_bytes("19");
  assembler.accept(method_frame(AMQP_BASIC_RETURN_METHOD, &returned));
  assembler.accept(header_frame(3, properties));
  const auto event = assembler.accept(body_frame("xyz"));
  REQUIRE(event);
  CHECK(std::get<Return>(*event).tag == 19);
}

TEST_CASE("connection.blocked is reported in the middle of a message") {
  FrameAssembler assembler;
  amqp_basic_deliver_t deliver{};
  amqp_connection_blocked_t blocked{amqp_cstring_bytes("low on memory")};
  assembler.accept(deliver_frame(deliver));
  const auto event = assembler.accept(method_frame(AMQP_CONNECTION_BLOCKED_METHOD, &blocked, 0));
  REQUIRE(event);
  CHECK(std::get<Blocked>(*event).blocked);
  CHECK(std::get<Blocked>(*event).reason == "low on memory");
}

TEST_CASE("frames out of order and bodies longer than announced throw BrokerError") {
  FrameAssembler assembler;
  amqp_basic_deliver_t deliver{};
  amqp_basic_properties_t properties{};
  CHECK_THROWS_AS(assembler.accept(body_frame("x")), BrokerError);
  assembler.accept(deliver_frame(deliver));
  assembler.accept(header_frame(2, properties));
  CHECK_THROWS_AS(assembler.accept(body_frame("xyz")), BrokerError);
}

TEST_CASE("basic.cancel from the broker throws BrokerError") {
  FrameAssembler assembler;
  amqp_basic_cancel_t cancel{};
  CHECK_THROWS_AS(assembler.accept(method_frame(AMQP_BASIC_CANCEL_METHOD, &cancel)), BrokerError);
}

}  // namespace esteira::runtime::amqp
