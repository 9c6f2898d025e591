#pragma once
#include <amqp.h>

#include <string>
#include <string_view>

namespace esteira::runtime::amqp {

/// The library's bytes as text; not a copy.
[[nodiscard]] inline std::string_view view(const amqp_bytes_t& bytes) {
  return bytes.len == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes.bytes), bytes.len);
}

/// The text as the library's bytes; not a copy. The library never writes to what it is given to send.
[[nodiscard]] inline amqp_bytes_t bytes_of(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};
}

/// AMQP short strings: at most 255 bytes, cut between UTF-8 characters.
[[nodiscard]] std::string_view short_text(std::string_view text);

/// One line without control characters.
[[nodiscard]] std::string one_line(std::string_view text);

/// These throw BrokerError, "<doing>: <why>", unless all is well.
void require_ok(const amqp_rpc_reply_t& reply, std::string_view doing);
void require_ok(int status, std::string_view doing);

/// What a channel.close or connection.close frame says.
[[noreturn]] void throw_closed(const amqp_method_t& method, std::string_view doing);

}  // namespace esteira::runtime::amqp
