#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/message.hpp"

namespace esteira::api {

/// Knows the tokens that clients may use. Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(const std::vector<std::string>& tokens);

  /// Whether `request` carries "Authorization: Bearer <one of the tokens>". Takes the same time whichever it is, and
  /// however near a wrong one comes.
  [[nodiscard]] bool allows(const runtime::http::Request& request) const;

  /// The answer to one that is not allowed: 401 with WWW-Authenticate (RFC 6750, section 3).
  static runtime::http::Response refusal(const runtime::http::Request& request);

 private:
  std::vector<std::string> digests_;  ///< of equal length, so that comparing tells nothing of a token's length
};

}  // namespace esteira::api
