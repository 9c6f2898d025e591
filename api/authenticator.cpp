#include "api/authenticator.hpp"

#include <openssl/crypto.h>
#include <strings.h>

#include <utility>

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

Authenticator::Authenticator(const std::vector<std::string>& tokens) {
  for (const auto& token : tokens) digests_.push_back(runtime::sha256(token));
}

bool Authenticator::allows(const runtime::http::Request& request) const {
  const auto given = runtime::sha256(bearer_token(request.header("Authorization").value_or("")));
  bool allowed = false;
  for (const auto& digest : digests_) {
    if (CRYPTO_memcmp(digest.data(), given.data(), given.size()) == 0) allowed = true;
  }
  return allowed;
}

runtime::http::Response Authenticator::unauthorized(const runtime::http::Request& request) {
  const bool given = request.header("Authorization").has_value();
  auto response = runtime::http::problem(
      401, given ? "The bearer token is not valid. Check the header 'Authorization: Bearer <token>'."
                 : "A bearer token is required. Send the header 'Authorization: Bearer <token>'.");
  response.headers.emplace_back(
      "WWW-Authenticate", given ? R"(Bearer realm="esteira", error="invalid_token")" : R"(Bearer realm="esteira")");
  return response;
}

runtime::http::Router::Route Authenticator::protect(runtime::http::Router::Route route) const {
  return [this, route = std::move(route)](runtime::http::Request&& request,
                                          const runtime::http::Router::Parameters& parameters,
                                          runtime::http::Responder responder) {
    if (!allows(request)) return responder.send(unauthorized(request));
    route(std::move(request), parameters, std::move(responder));
  };
}

}  // namespace esteira::api
