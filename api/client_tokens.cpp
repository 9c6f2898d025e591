#include "api/client_tokens.hpp"

#include <map>
#include <set>

namespace esteira::api {

std::vector<ClientToken> client_tokens(const runtime::Config& config) {
  std::vector<ClientToken> tokens;
  for (const auto& token : config.secrets("SECRET_TOKEN")) tokens.push_back({kDefaultClient, token});
  for (const auto& entry : config.secrets("ESTEIRA_CLIENT_TOKENS")) {
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

std::vector<std::string> client_names(const std::vector<ClientToken>& tokens) {
  std::set<std::string> names;
  for (const auto& token : tokens) names.insert(token.client);
  return {names.begin(), names.end()};
}

}  // namespace esteira::api
