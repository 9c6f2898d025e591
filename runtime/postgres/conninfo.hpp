#pragma once
#include <string>

namespace esteira::runtime::postgres {

/// Converts DATABASE_URL (a URL or key=value pairs) to key='value' pairs, and adds our timeouts and `name` as the
/// application_name. Values in `url` take precedence; its `options` are appended to ours. Throws ConfigError, whose
/// text does not contain the URL.
std::string make_conninfo(const std::string& url, const std::string& name);

}  // namespace esteira::runtime::postgres
