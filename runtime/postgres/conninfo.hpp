#pragma once
#include <string>

namespace esteira::runtime::postgres {

/// Converts DATABASE_URL (a URL or key=value pairs) to key='value' pairs, and adds our timeouts and `name` as the
/// application_name. Values in `url` take precedence. Its `options` are left out when make_session_sql can set them:
/// a connection pooler does not accept them. Throws ConfigError, whose text does not contain the URL.
std::string make_conninfo(const std::string& url, const std::string& name);

/// One statement that sets our settings in a new session (time limits, plans, time zone), then those in the `options`
/// of `url`. The column server_pid of its row is the process id of the server. Throws as make_conninfo does.
std::string make_session_sql(const std::string& url);

}  // namespace esteira::runtime::postgres
