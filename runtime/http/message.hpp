#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace esteira::runtime::http {

/// Names and values.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// A whole request that has passed the checks of RequestParser.
struct Request {
  std::string method;  ///< "GET"
  std::string path;    ///< as sent (not decoded), without the query: "/orders/1"
  std::string query;   ///< as sent, without '?'
  Headers headers;     ///< in order, values trimmed
  std::string body;
  std::string client;      ///< who sent it, as authentication found; empty: not authenticated
  std::string request_id;  ///< the client's X-Request-Id when it has 1–128 of [A-Za-z0-9._-], else a new UUID

  /// The value of the first header with this name. The case of the name does not matter.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// The values of all headers with this name, as one list separated by commas. Empty when there is none.
  [[nodiscard]] std::string header_list(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  /// Further headers. The server adds Content-Length, Content-Type, Connection, Date and X-Request-Id, and omits a
  /// header whose value has a control character.
  Headers headers;
};

/// One fault of a request: where it is, and what is wrong there.
struct Violation {
  std::string pointer;  ///< JSON pointer to the member of the body
  std::string detail;
  std::string parameter = {};  ///< the parameter of the query; then `pointer` is not shown
};

/// A kind of error that clients tell apart by its URI, which never changes.
struct ProblemType {
  std::string_view uri;
  int status = 500;
  std::string_view title;  ///< the same for each error of this type
};
/// An error response as of RFC 9457 (application/problem+json). `detail` is for the client: it must not tell internals.
Response problem(const ProblemType& type, std::string_view detail, const std::vector<Violation>& violations = {});
/// The same without a type of its own: the status says all.
Response problem(int status, std::string_view detail, const std::vector<Violation>& violations = {});

/// The standard reason phrase: "Not Found".
std::string_view reason_phrase(int status);

}  // namespace esteira::runtime::http
