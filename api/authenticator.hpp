#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/message.hpp"
#include "runtime/http/router.hpp"

namespace esteira::api {

/// Checks the bearer tokens of requests against the configured ones. Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(const std::vector<std::string>& tokens);

  /// Whether `request` has the header "Authorization: Bearer <one of the tokens>". Takes the same time for every token,
  /// right or wrong.
  [[nodiscard]] bool allows(const runtime::http::Request& request) const;

  /// The response to a request that is not allowed: 401 with WWW-Authenticate (RFC 6750, section 3).
  static runtime::http::Response unauthorized(const runtime::http::Request& request);

  /// `route`, called for allowed requests only; the others get 401. The authenticator must outlive the returned route.
  [[nodiscard]] runtime::http::Router::Route protect(runtime::http::Router::Route route) const;

 private:
  std::vector<std::string> digests_;  ///< of equal length, so that comparing them tells nothing of a token's length
};

}  // namespace esteira::api
