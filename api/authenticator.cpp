#include "api/authenticator.hpp"

#include <openssl/crypto.h>
#include <strings.h>

#include <utility>

#include "api/problem_types.hpp"
#include "runtime/text/sha256.hpp"

namespace esteira::api {

namespace {

/// The token of an Authorization value. Empty when the scheme is not Bearer (in any case).
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() < kScheme.size()) return {};
  if (strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0) return {};
  authorization.remove_prefix(kScheme.size());
  const auto start = authorization.find_first_not_of(' ');
  return start == std::string_view::npos ? std::string_view() : authorization.substr(start);
}

}  // namespace

void Authenticator::replace(const std::vector<ClientToken>& tokens) {
  auto entries = std::make_shared<Entries>();
  entries->reserve(tokens.size());
  for (const auto& [client, token] : tokens) entries->push_back({client, runtime::sha256(token)});
  const std::lock_guard lock(mutex_);
  entries_ = std::move(entries);
}

std::shared_ptr<const Authenticator::Entries> Authenticator::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::string Authenticator::client_of(const runtime::http::Request& request) const {
  const auto given = runtime::sha256(bearer_token(request.header("Authorization").value_or("")));
  const auto entries = this->entries();
  const Entry* found = nullptr;
  for (const auto& entry : *entries) {
    if (CRYPTO_memcmp(entry.digest.data(), given.data(), given.size()) == 0) found = &entry;
  }
  return found == nullptr ? std::string() : found->client;
}

runtime::http::Response Authenticator::unauthorized(const runtime::http::Request& request) {
  const bool given = request.header("Authorization").has_value();
  auto response =
      runtime::http::problem(given ? problems::kInvalidToken : problems::kMissingToken,
                             given ? "The bearer token is not valid. Check the header 'Authorization: Bearer <token>'."
                                   : "A bearer token is required. Send the header 'Authorization: Bearer <token>'.");
  response.headers.emplace_back(
      "WWW-Authenticate", given ? R"(Bearer realm="esteira", error="invalid_token")" : R"(Bearer realm="esteira")");
  return response;
}

runtime::http::Router::Route Authenticator::protect(runtime::http::Router::Route route) const {
  return [this, route = std::move(route)](runtime::http::Request&& request,
                                          const runtime::http::Router::Parameters& parameters,
                                          runtime::http::Responder responder) {
    request.client = client_of(request);
    if (request.client.empty()) return responder.send(unauthorized(request));
    route(std::move(request), parameters, std::move(responder));
  };
}

}  // namespace esteira::api
