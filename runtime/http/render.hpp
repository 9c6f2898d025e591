#pragma once
#include <string>

#include "runtime/http/message.hpp"

namespace esteira::runtime::http {

/// What the bytes of a response depend on besides its content.
struct ResponseOptions {
  std::string request_id;
  bool keep_alive = false;
  bool without_body = false;  ///< for HEAD: the headers are those of the response with a body
  Headers more_headers = {};  ///< beside those of the response
};

/// The bytes of a response.
std::string render(const Response& response, const ResponseOptions& options);

/// The client's X-Request-Id when it is valid, else a new one. See Request::request_id.
std::string choose_request_id(const Request& request);

}  // namespace esteira::runtime::http
