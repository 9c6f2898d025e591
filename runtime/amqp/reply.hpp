#pragma once
#include <amqp.h>

#include <string>
#include <string_view>

namespace esteira::runtime::amqp {

/// A view of the library's bytes; not a copy.
[[nodiscard]] inline std::string_view view(const amqp_bytes_t& bytes) {
  return bytes.len == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes.bytes), bytes.len);
}

/// The text as the library's bytes; not a copy. The library does not write to bytes that it sends.
[[nodiscard]] inline amqp_bytes_t bytes_of(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};
}

/// Cuts the text to an AMQP short string: at most 255 bytes, cut between UTF-8 characters.
[[nodiscard]] std::string_view short_text(std::string_view text);

/// Replaces control characters by blanks.
[[nodiscard]] std::string one_line(std::string_view text);

/// These throw BrokerError with the text "<operation>: <reason>" when the reply or status is an error.
void require_ok(const amqp_rpc_reply_t& reply, std::string_view operation);
void require_ok(int status, std::string_view operation);

/// Throws BrokerError with the reply text and code of a channel.close or connection.close method.
[[noreturn]] void throw_closed(const amqp_method_t& method, std::string_view operation);

}  // namespace esteira::runtime::amqp
