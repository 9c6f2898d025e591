#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace esteira::runtime::http {

/// A request, whole and parsed: the guard has checked its shape, length and limits before anyone sees it.
struct Request {
  std::string method;                                        ///< "GET"
  std::string path;                                          ///< raw, as sent, without the query: "/orders/1"
  std::string query;                                         ///< raw, without '?'
  std::vector<std::pair<std::string, std::string>> headers;  ///< in order, values trimmed
  std::string body;
  std::string request_id;  ///< the client's X-Request-Id if it is 1–128 of [A-Za-z0-9._-], else a new UUID

  /// The first header of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  /// More headers. The server adds Content-Length, Connection, Date and X-Request-Id; a value with a control character
  /// is left out rather than written.
  std::vector<std::pair<std::string, std::string>> headers;
};

/// One thing that is wrong with a request body: a JSON pointer to it, and what is wrong.
struct Violation {
  std::string pointer;
  std::string detail;
};

/// An RFC 9457 answer (application/problem+json). `detail` is for the client: never an internal message.
Response problem(int status, std::string_view detail, const std::vector<Violation>& violations = {});

/// The standard reason phrase: "Not Found".
std::string_view reason_phrase(int status);

}  // namespace esteira::runtime::http
