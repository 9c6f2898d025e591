#include "runtime/amqp/connection.hpp"

#include <amqp.h>
#include <amqp_framing.h>
#include <poll.h>

#include <array>
#include <new>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/reply.hpp"
#include "runtime/lifecycle/timeval.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr int kChannelMax = 8;
constexpr int kFrameMax = 131072;

amqp_table_entry_t flag_entry(const char* name) {
  amqp_table_entry_t entry{.key = amqp_cstring_bytes(name), .value = {}};
  entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
  entry.value.value.boolean = 1;
  return entry;
}

/// Without these capabilities the broker does not report cancelled consumers and blocked publishers.
amqp_rpc_reply_t log_in_with_capabilities(amqp_connection_state_t state, const Connection::Options& options) {
  std::array capabilities{flag_entry("consumer_cancel_notify"), flag_entry("connection.blocked"),
                          flag_entry("basic.nack"), flag_entry("publisher_confirms")};
  std::array<amqp_table_entry_t, 2> entries{};
  entries[0].key = amqp_cstring_bytes("capabilities");
  entries[0].value.kind = AMQP_FIELD_KIND_TABLE;
  entries[0].value.value.table = {static_cast<int>(capabilities.size()), capabilities.data()};
  entries[1].key = amqp_cstring_bytes("connection_name");
  entries[1].value.kind = AMQP_FIELD_KIND_UTF8;
  entries[1].value.value.bytes = bytes_of(options.name);
  const amqp_table_t properties{static_cast<int>(entries.size()), entries.data()};
  const auto heartbeat = options.url.heartbeat.value_or(options.heartbeat);
  return amqp_login_with_properties(state, options.url.vhost.c_str(), kChannelMax, kFrameMax,
                                    static_cast<int>(heartbeat.count()), &properties, AMQP_SASL_METHOD_PLAIN,
                                    options.url.user.c_str(), options.url.password.c_str());
}

// A port of RabbitMQ that expects TLS closes a plain connection without a word.
constexpr auto kTlsRemedy = "; if the port expects TLS, write amqps:// in RABBITMQ_URL";

bool is_broken(const amqp_rpc_reply_t& reply) {
  return reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error != AMQP_STATUS_TIMEOUT;
}

/// https://www.rabbitmq.com/docs/3.10/access-control
const char* login_remedy(int reply_code) {
  if (reply_code == AMQP_ACCESS_REFUSED) return "; correct user and password in RABBITMQ_URL";
  if (reply_code == AMQP_NOT_ALLOWED) return "; create the vhost and let the user into it, or correct RABBITMQ_URL";
  return "";
}

}  // namespace

void Connection::Destroy::operator()(amqp_connection_state_t_* state) const { amqp_destroy_connection(state); }

Connection::Connection(const Options& options, std::size_t first_host, SocketGuard* guard) : guard_(guard) {
  std::string failures;
  for (std::size_t tried = 0; tried < options.url.hosts.size(); ++tried) {
    const auto& host = options.url.hosts[(first_host + tried) % options.url.hosts.size()];
    try {
      open(host, options);
      return;
    } catch (const BrokerError& error) {
      if (guard_ != nullptr) guard_->forget();
      if (!failures.empty()) failures += "; ";
      failures += host.name + ':' + std::to_string(host.port) + ": " + error.what();
    }
  }
  throw BrokerError("no connection to the broker: " + failures);
}

Connection::~Connection() {
  if (guard_ != nullptr) guard_->forget();
}

void Connection::open(const BrokerUrl::Host& host, const Options& options) {
  state_.reset(amqp_new_connection());
  if (!state_) throw std::bad_alloc();
  transport_ = Transport::make(options.url);
  socket_ = transport_->open(state_.get(), host, options.url.connect_timeout.value_or(options.connect_timeout), guard_);
  log_in(options);
}

void Connection::log_in(const Options& options) {
  const auto timeout = to_timeval(options.rpc_timeout);
  amqp_set_handshake_timeout(state_.get(), &timeout);
  amqp_set_rpc_timeout(state_.get(), &timeout);
  const auto reply = log_in_with_capabilities(state_.get(), options);
  try {
    require_ok(reply, "login");
  } catch (const BrokerError& error) {
    const auto* remedy = is_broken(reply) && !options.url.tls ? kTlsRemedy : login_remedy(error.reply_code());
    throw BrokerError(std::string(error.what()).append(remedy), error.reply_code());
  }
}

void Connection::close() { amqp_connection_close(state_.get(), AMQP_REPLY_SUCCESS); }

bool Connection::writable() const {
  pollfd waited{.fd = fd(), .events = POLLOUT, .revents = 0};
  return ::poll(&waited, 1, 0) != 0;
}

}  // namespace esteira::runtime::amqp
