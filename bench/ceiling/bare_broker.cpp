#include "bench/ceiling/bare_broker.hpp"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

#include <algorithm>
#include <stdexcept>

#include "runtime/amqp/broker_url.hpp"

namespace esteira::bench {
namespace {

constexpr amqp_channel_t kChannel = 1;
constexpr int kFrameMax = 131072;
constexpr auto kCeilingExchange = "bench.ceiling";

amqp_bytes_t bytes(const std::string& text) { return {text.size(), const_cast<char*>(text.data())}; }

amqp_table_entry_t text_entry(const char* name, const char* value) {
  amqp_table_entry_t entry{.key = amqp_cstring_bytes(name), .value = {}};
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = amqp_cstring_bytes(value);
  return entry;
}

}  // namespace

void BareBroker::Destroy::operator()(amqp_connection_state_t_* state) const { amqp_destroy_connection(state); }

void BareBroker::require(bool ok, const char* doing) const {
  if (!ok) throw std::runtime_error(std::string("RabbitMQ: ") + doing + " failed");
}

BareBroker::BareBroker(const std::string& url) : state_(amqp_new_connection()) {
  const auto broker = runtime::amqp::BrokerUrl::parse(url);
  const auto& host = broker.hosts.front();
  auto* const socket = amqp_tcp_socket_new(state_.get());
  require(socket != nullptr && amqp_socket_open(socket, host.name.c_str(), host.port) == AMQP_STATUS_OK, "connecting");
  const auto reply = amqp_login(state_.get(), broker.vhost.c_str(), 0, kFrameMax, 0, AMQP_SASL_METHOD_PLAIN,
                                broker.user.c_str(), broker.password.c_str());
  require(reply.reply_type == AMQP_RESPONSE_NORMAL, "login");
  require(amqp_channel_open(state_.get(), kChannel) != nullptr, "opening a channel");
}

void BareBroker::declare(const std::string& queue) {
  auto type = text_entry("x-queue-type", "quorum");
  const auto exchange = amqp_cstring_bytes(kCeilingExchange);
  require(amqp_exchange_declare(state_.get(), kChannel, exchange, amqp_cstring_bytes("topic"), 0, 1, 1, 0,
                                amqp_empty_table) != nullptr,
          "declaring an exchange");
  require(amqp_queue_declare(state_.get(), kChannel, bytes(queue), 0, 1, 0, 0, {1, &type}) != nullptr, "declaring");
  require(amqp_queue_bind(state_.get(), kChannel, bytes(queue), exchange, bytes(queue), amqp_empty_table) != nullptr,
          "binding");
}

void BareBroker::remove(const std::string& queue) {
  require(amqp_queue_delete(state_.get(), kChannel, bytes(queue), 0, 0) != nullptr, "deleting");
}

void BareBroker::confirm_select() {
  require(amqp_confirm_select(state_.get(), kChannel) != nullptr, "asking for confirms");
}

void BareBroker::publish(const std::string& queue, const std::string& body) {
  constexpr std::uint8_t kPersistent = 2;
  auto trace = text_entry("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                      AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_HEADERS_FLAG;
  properties.delivery_mode = kPersistent;
  properties.content_type = amqp_cstring_bytes("application/json");
  properties.message_id = amqp_cstring_bytes("1fec340b-0b4a-494b-b11e-d91f9350f34e/process");
  properties.type = amqp_cstring_bytes("order.enrichment.requested");
  properties.timestamp = 1;
  properties.headers = {1, &trace};
  require(amqp_basic_publish(state_.get(), kChannel, amqp_cstring_bytes(kCeilingExchange), bytes(queue), 1, 0,
                             &properties, bytes(body)) == AMQP_STATUS_OK,
          "publishing");
  ++published_;
}

// On one channel and one queue the broker confirms tags in order, so the highest confirmed tag covers all before it.
void BareBroker::await_confirms() {
  while (confirmed_ < published_) {
    amqp_frame_t frame{};
    require(amqp_simple_wait_frame(state_.get(), &frame) == AMQP_STATUS_OK, "waiting for confirms");
    if (frame.frame_type == AMQP_FRAME_METHOD) {
      require(frame.payload.method.id == AMQP_BASIC_ACK_METHOD, "a confirm");
      const auto* const ack = static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
      confirmed_ = std::max<std::uint64_t>(confirmed_, ack->delivery_tag);
    }
    amqp_maybe_release_buffers(state_.get());
  }
}

void BareBroker::consume(const std::string& queue, std::uint16_t prefetch) {
  require(amqp_basic_qos(state_.get(), kChannel, 0, prefetch, 0) != nullptr, "setting the prefetch");
  require(
      amqp_basic_consume(state_.get(), kChannel, bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table) != nullptr,
      "consuming");
}

std::vector<std::string> BareBroker::receive(std::size_t most) {
  std::vector<std::string> bodies;
  bodies.reserve(most);
  const timeval at_once{};
  while (bodies.size() < most) {
    amqp_maybe_release_buffers(state_.get());
    amqp_envelope_t envelope{};
    const auto reply = amqp_consume_message(state_.get(), &envelope, bodies.empty() ? nullptr : &at_once, 0);
    const bool empty =
        reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT;
    if (empty && !bodies.empty()) break;
    require(reply.reply_type == AMQP_RESPONSE_NORMAL, "receiving");
    bodies.emplace_back(static_cast<const char*>(envelope.message.body.bytes), envelope.message.body.len);
    last_tag_ = envelope.delivery_tag;
    amqp_destroy_envelope(&envelope);
  }
  return bodies;
}

void BareBroker::acknowledge() {
  require(amqp_basic_ack(state_.get(), kChannel, last_tag_, 1) == AMQP_STATUS_OK, "acknowledging");
}

}  // namespace esteira::bench
