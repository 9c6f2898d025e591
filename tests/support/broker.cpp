#include "tests/support/broker.hpp"

#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <stdexcept>
#include <string_view>
#include <vector>

#include "runtime/amqp/broker_url.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {
namespace {

constexpr amqp_channel_t kCommands = 1;
constexpr amqp_channel_t kPublishing = 2;

amqp_bytes_t bytes(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }
std::string text(const amqp_bytes_t& bytes) { return {static_cast<const char*>(bytes.bytes), bytes.len}; }

amqp_table_entry_t entry(const char* key, std::string_view value) {
  amqp_table_entry_t made{};
  made.key = amqp_cstring_bytes(key);
  made.value.kind = AMQP_FIELD_KIND_UTF8;
  made.value.value.bytes = bytes(value);
  return made;
}

amqp_table_t table(std::vector<amqp_table_entry_t>& entries) {
  return {static_cast<int>(entries.size()), entries.data()};
}

std::optional<std::string> field_text(const amqp_field_value_t& field) {
  switch (field.kind) {
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES:
      return text(field.value.bytes);
    case AMQP_FIELD_KIND_I32:
      return std::to_string(field.value.i32);
    case AMQP_FIELD_KIND_I64:
      return std::to_string(field.value.i64);
    case AMQP_FIELD_KIND_I16:
      return std::to_string(field.value.i16);
    case AMQP_FIELD_KIND_I8:
      return std::to_string(field.value.i8);
    default:
      return std::nullopt;
  }
}

std::string refusal(const amqp_rpc_reply_t& reply) {
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) return amqp_error_string2(reply.library_error);
  if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
    return text(static_cast<amqp_channel_close_t*>(reply.reply.decoded)->reply_text);
  }
  return reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD
             ? text(static_cast<amqp_connection_close_t*>(reply.reply.decoded)->reply_text)
             : "unexpected reply";
}

Broker::Got copy(const amqp_message_t& message) {
  Broker::Got got;
  const auto& properties = message.properties;
  got.body = text(message.body);
  if ((properties._flags & AMQP_BASIC_TYPE_FLAG) != 0) got.type = text(properties.type);
  if ((properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0) got.message_id = text(properties.message_id);
  const int headers = (properties._flags & AMQP_BASIC_HEADERS_FLAG) != 0 ? properties.headers.num_entries : 0;
  for (int i = 0; i < headers; ++i) {
    const auto& header = properties.headers.entries[i];
    if (auto value = field_text(header.value)) got.headers[text(header.key)] = *value;
  }
  return got;
}

}  // namespace

class Broker::Impl {
 public:
  explicit Impl(const std::string& server);
  ~Impl() { amqp_destroy_connection(connection_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void open(amqp_channel_t channel);
  /// Runs a command on the channel of commands. A refusal closes that channel: it is opened again, and the refusal
  /// thrown.
  template <class Command>
  auto call(Command command) {
    auto* answer = command(connection_, kCommands);
    check(amqp_get_rpc_reply(connection_));
    return *answer;
  }
  void check(const amqp_rpc_reply_t& reply);
  void await_confirm();
  std::optional<Got> take(const std::string& queue);
  [[nodiscard]] amqp_connection_state_t connection() const { return connection_; }

 private:
  amqp_connection_state_t connection_ = amqp_new_connection();
};

Broker::Impl::Impl(const std::string& server) {
  const auto url = runtime::amqp::BrokerUrl::parse(server);
  amqp_socket_t* socket = amqp_tcp_socket_new(connection_);
  const int status = amqp_socket_open(socket, url.hosts.at(0).name.c_str(), url.hosts.at(0).port);
  if (status != AMQP_STATUS_OK) {
    amqp_destroy_connection(connection_);
    throw std::runtime_error(std::string("no RabbitMQ: ") + amqp_error_string2(status));
  }
  check(amqp_login(connection_, url.vhost.c_str(), 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, url.user.c_str(),
                   url.password.c_str()));
  open(kCommands);
  open(kPublishing);
  amqp_confirm_select(connection_, kPublishing);
  check(amqp_get_rpc_reply(connection_));
}

void Broker::Impl::open(amqp_channel_t channel) {
  amqp_channel_open(connection_, channel);
  check(amqp_get_rpc_reply(connection_));
}

void Broker::Impl::check(const amqp_rpc_reply_t& reply) {
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  const std::string words = refusal(reply);
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION && reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
    amqp_channel_close_ok_t ok{};
    amqp_send_method(connection_, kCommands, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
    open(kCommands);
  }
  throw std::runtime_error("RabbitMQ: " + words);
}

void Broker::Impl::await_confirm() {
  amqp_frame_t frame{};
  do {
    const int status = amqp_simple_wait_frame(connection_, &frame);
    if (status != AMQP_STATUS_OK) throw std::runtime_error(std::string("RabbitMQ: ") + amqp_error_string2(status));
    if (frame.frame_type != AMQP_FRAME_METHOD) continue;
    if (frame.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD) {
      throw std::runtime_error("RabbitMQ: " +
                               text(static_cast<amqp_channel_close_t*>(frame.payload.method.decoded)->reply_text));
    }
  } while (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD);
}

std::optional<Broker::Got> Broker::Impl::take(const std::string& queue) {
  amqp_maybe_release_buffers(connection_);
  const auto reply = amqp_basic_get(connection_, kCommands, bytes(queue), 1);
  check(reply);
  if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD) return std::nullopt;
  const auto* ok = static_cast<amqp_basic_get_ok_t*>(reply.reply.decoded);
  const std::string routing_key = text(ok->routing_key);
  const bool redelivered = ok->redelivered != 0;
  amqp_message_t message{};
  check(amqp_read_message(connection_, kCommands, &message, 0));
  Got got = copy(message);
  got.routing_key = routing_key;
  got.redelivered = redelivered;
  amqp_destroy_message(&message);
  return got;
}

Broker::Broker() : Broker(rabbitmq_url()) {}
Broker::Broker(const std::string& url) : impl_(std::make_unique<Impl>(url)) {}
Broker::~Broker() = default;

void Broker::publish(const std::string& exchange, const std::string& key, const std::string& body,
                     const std::map<std::string, std::string>& headers) {
  std::vector<amqp_table_entry_t> entries;
  entries.reserve(headers.size());
  for (const auto& [name, value] : headers) entries.push_back(entry(name.c_str(), value));
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG;
  properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  properties.content_type = amqp_cstring_bytes("application/json");
  properties.headers = table(entries);
  amqp_basic_publish(impl_->connection(), kPublishing, bytes(exchange), bytes(key), 0, 0, &properties, bytes(body));
  impl_->await_confirm();
}

std::optional<Broker::Got> Broker::get(const std::string& queue, std::chrono::milliseconds timeout) {
  std::optional<Got> got;
  wait_until([&] { return (got = impl_->take(queue)).has_value(); }, timeout);
  return got;
}

std::size_t Broker::count(const std::string& queue) {
  const auto declared = impl_->call([&](auto connection, auto channel) {
    return amqp_queue_declare(connection, channel, bytes(queue), 1, 0, 0, 0, amqp_empty_table);
  });
  return declared.message_count;
}

void Broker::purge(const std::string& queue) {
  impl_->call([&](auto connection, auto channel) { return amqp_queue_purge(connection, channel, bytes(queue)); });
}

void Broker::remove_queue(const std::string& queue) {
  impl_->call(
      [&](auto connection, auto channel) { return amqp_queue_delete(connection, channel, bytes(queue), 0, 0); });
}

void Broker::remove_exchange(const std::string& name) {
  for (const auto& exchange : {name, name + ".installation"}) {
    impl_->call(
        [&](auto connection, auto channel) { return amqp_exchange_delete(connection, channel, bytes(exchange), 0); });
  }
}

void Broker::remove_binding(const std::string& queue, const std::string& exchange, const std::string& key) {
  impl_->call([&](auto connection, auto channel) {
    return amqp_queue_unbind(connection, channel, bytes(queue), bytes(exchange), bytes(key), amqp_empty_table);
  });
}

bool Broker::has_queue(const std::string& queue) {
  try {
    count(queue);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void Broker::declare_queue(const std::string& queue, const std::string& exchange, const std::string& key) {
  impl_->call([&](auto connection, auto channel) {
    std::vector<amqp_table_entry_t> arguments{entry("x-queue-type", "quorum")};
    return amqp_queue_declare(connection, channel, bytes(queue), 0, 1, 0, 0, table(arguments));
  });
  if (exchange.empty()) return;
  impl_->call([&](auto connection, auto channel) {
    return amqp_exchange_declare(connection, channel, bytes(exchange), bytes("topic"), 0, 1, 0, 0, amqp_empty_table);
  });
  impl_->call([&](auto connection, auto channel) {
    return amqp_queue_bind(connection, channel, bytes(queue), bytes(exchange), bytes(key), amqp_empty_table);
  });
}

}  // namespace esteira::test
