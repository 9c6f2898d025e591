#pragma once
#include <string>

namespace esteira::runtime::postgres {

/// DATABASE_URL, as a URL or as key=value pairs, turned into key='value' pairs with our time limits and `name` as the
/// application_name. What the URL sets stands; its `options` come after ours. Throws ConfigError, without the URL.
std::string make_conninfo(const std::string& url, const std::string& name);

}  // namespace esteira::runtime::postgres
