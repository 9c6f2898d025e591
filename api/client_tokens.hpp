#pragma once
#include <string>
#include <vector>

#include "runtime/config/config.hpp"

namespace esteira::api {

/// A token, and the client that it belongs to.
struct ClientToken {
  std::string client;
  std::string token;
  friend bool operator==(const ClientToken&, const ClientToken&) = default;
};

/// The client of the tokens in SECRET_TOKEN, and of orders that were stored before clients had names.
inline constexpr const char* kDefaultClient = "default";

/// The tokens of SECRET_TOKEN and ESTEIRA_CLIENT_TOKENS. A client may have several, so that they can be rotated. Throws
/// ConfigError when one token belongs to two clients; its text names the clients, not the token.
std::vector<ClientToken> client_tokens(const runtime::Config& config);
/// The same, with the files of SECRET_TOKEN_FILE and ESTEIRA_CLIENT_TOKENS_FILE read again. Throws ConfigError also
/// when one of them cannot be used.
std::vector<ClientToken> client_tokens_now(const runtime::Config& config);

/// Each client of `tokens` once, sorted.
std::vector<std::string> client_names(const std::vector<ClientToken>& tokens);

}  // namespace esteira::api
