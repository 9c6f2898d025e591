#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "api/client_tokens.hpp"
#include "runtime/http/message.hpp"
#include "runtime/http/router.hpp"

namespace esteira::api {

/// Checks the bearer tokens of requests against the configured ones. Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(const std::vector<ClientToken>& tokens) { replace(tokens); }

  /// From now on these are the tokens. A request that is being checked meanwhile is checked against the former ones.
  void replace(const std::vector<ClientToken>& tokens);

  /// The client whose token `request` has in the header "Authorization: Bearer <token>". Empty when it has none of the
  /// tokens. Takes the same time for every token, right or wrong.
  [[nodiscard]] std::string client_of(const runtime::http::Request& request) const;

  /// The response to a request that is not allowed: 401 with WWW-Authenticate (RFC 6750, section 3).
  static runtime::http::Response unauthorized(const runtime::http::Request& request);

  /// `route`, called with Request::client set, and only for requests of a client; the others get 401. The authenticator
  /// must outlive the returned route.
  [[nodiscard]] runtime::http::Router::Route protect(runtime::http::Router::Route route) const;

 private:
  struct Entry {
    std::string client;
    std::string digest;  ///< of the token; of equal length, so that comparing tells nothing of a token's length
  };
  using Entries = std::vector<Entry>;
  [[nodiscard]] std::shared_ptr<const Entries> entries() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const Entries> entries_;  ///< never null; replaced as a whole
};

}  // namespace esteira::api
