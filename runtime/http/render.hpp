#pragma once
#include <string>

#include "runtime/http/message.hpp"

namespace esteira::runtime::http {

/// What an answer depends on besides its content.
struct ResponseOptions {
  std::string request_id;
  bool keep_alive = false;
  bool without_body = false;  ///< to HEAD: the headers as if there were one
};

/// The bytes of an answer.
std::string render(const Response& response, const ResponseOptions& terms);

/// The client's X-Request-Id when it is one we repeat, else a new one.
std::string choose_request_id(const Request& request);

}  // namespace esteira::runtime::http
