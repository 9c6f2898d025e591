#include "api/client_tokens.hpp"

#include <map>
#include <set>

namespace esteira::api {

namespace {

constexpr auto kDefaultTokens = "SECRET_TOKEN";
constexpr auto kNamedTokens = "ESTEIRA_CLIENT_TOKENS";

/// `named` are entries CLIENT:TOKEN.
std::vector<ClientToken> join_tokens(const std::vector<std::string>& of_default,
                                     const std::vector<std::string>& named) {
  std::vector<ClientToken> tokens;
  tokens.reserve(of_default.size() + named.size());
  for (const auto& token : of_default) tokens.push_back({kDefaultClient, token});
  for (const auto& entry : named) {
    const auto colon = entry.find(':');
    tokens.push_back({entry.substr(0, colon), entry.substr(colon + 1)});
  }
  std::map<std::string, std::string> owners;
  for (const auto& [client, token] : tokens) {
    const auto& owner = owners.emplace(token, client).first->second;
    if (owner == client) continue;
    throw runtime::ConfigError(std::string("ESTEIRA_CLIENT_TOKENS: the clients '")
                                   .append(owner)
                                   .append("' and '")
                                   .append(client)
                                   .append("' have a token in common; give each client tokens of its own"));
  }
  return tokens;
}

}  // namespace

std::vector<ClientToken> client_tokens(const runtime::Config& config) {
  return join_tokens(config.secrets(kDefaultTokens), config.secrets(kNamedTokens));
}

std::vector<ClientToken> client_tokens_now(const runtime::Config& config) {
  return join_tokens(config.secrets_now(kDefaultTokens), config.secrets_now(kNamedTokens));
}

std::vector<std::string> client_names(const std::vector<ClientToken>& tokens) {
  std::set<std::string> names;
  for (const auto& token : tokens) names.insert(token.client);
  return {names.begin(), names.end()};
}

}  // namespace esteira::api
