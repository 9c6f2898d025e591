#include "runtime/amqp/reply.hpp"

#include <amqp_framing.h>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/tls/server_check.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr std::size_t kMaxShortString = 255;

std::string reason_of(int status) {
  if (status == AMQP_STATUS_SSL_ERROR) return "the TLS connection broke: " + tls::take_error();
  return amqp_error_string2(status);
}

[[noreturn]] void fail(std::string_view operation, std::string_view reason, int code = 0) {
  throw BrokerError(std::string(operation).append(": ").append(reason), code);
}

}  // namespace

std::string_view short_text(std::string_view text) {
  if (text.size() <= kMaxShortString) return text;
  auto end = kMaxShortString;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string one_line(std::string_view text) { return replace_controls(text, ' '); }

void throw_closed(const amqp_method_t& method, std::string_view operation) {
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto& close = *static_cast<const amqp_channel_close_t*>(method.decoded);
    fail(operation, one_line(view(close.reply_text)), close.reply_code);
  }
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto& close = *static_cast<const amqp_connection_close_t*>(method.decoded);
    fail(operation, one_line(view(close.reply_text)), close.reply_code);
  }
  fail(operation, "the broker sent an unexpected reply");
}

void require_ok(const amqp_rpc_reply_t& reply, std::string_view operation) {
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) throw_closed(reply.reply, operation);
  if (reply.reply_type == AMQP_RESPONSE_NONE) fail(operation, "the connection is closed");
  fail(operation, reason_of(reply.library_error));
}

void require_ok(int status, std::string_view operation) {
  if (status != AMQP_STATUS_OK) fail(operation, reason_of(status));
}

}  // namespace esteira::runtime::amqp
