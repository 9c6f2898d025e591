#pragma once
#include <string_view>

namespace esteira::runtime::http {

/// The bytes are not an acceptable request. The connection must close: where the next request starts is unknown.
struct ParseError {
  int status;
  std::string_view detail;
};

}  // namespace esteira::runtime::http
