#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/http/message.hpp"

namespace esteira::api {

/// Lets pages of other web origins call /orders from a browser (CORS, https://fetch.spec.whatwg.org). Health and
/// metrics stay closed to them: these need no token, so any page could read them. Thread-safe.
class Cors {
 public:
  /// `origins`: as browsers write them; "*" allows all of them; empty allows none.
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  [[nodiscard]] bool enabled() const { return !origins_.empty(); }
  /// The CORS headers of the response to `request`, which may be a preflight.
  [[nodiscard]] runtime::http::Headers headers_for(const runtime::http::Request& request) const;

 private:
  [[nodiscard]] std::string_view allowed_origin(std::string_view origin) const;

  std::vector<std::string> origins_;
};

}  // namespace esteira::api
