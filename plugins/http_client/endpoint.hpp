#pragma once
#include <string>

namespace http_client {

/// Where requests go.
struct Endpoint {
  std::string url;          ///< http:// or https://
  std::string unix_socket;  ///< the path of a Unix socket; empty: TCP
  std::string place;        ///< host and port, or the path of the socket: for error texts, without user and password

  /// Reads "http://host:port/path", "https://..." or "unix:/run/shop.sock", the latter with a path of the request after
  /// another colon: "unix:/run/shop.sock:/orders". Throws std::invalid_argument.
  static Endpoint parse(const std::string& text);
};

}  // namespace http_client
