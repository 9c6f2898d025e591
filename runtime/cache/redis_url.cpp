#include "runtime/cache/redis_url.hpp"

#include <algorithm>
#include <cstdint>

#include "runtime/config/config.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/text/parse_integer.hpp"
#include "runtime/text/percent_decode.hpp"
#include "runtime/text/query_options.hpp"

namespace esteira::runtime::cache {
namespace {

[[noreturn]] void refuse_redis_url() {
  throw ConfigError("REDIS_URL: expected redis://user:password@host:6379/0, with user and password percent-encoded");
}

// hiredis takes C strings, so no part may contain a NUL. Other control characters are refused with it.
std::string decode_redis_text(std::string_view text) {
  auto decoded = percent_decode(text);
  if (!decoded || has_control(*decoded)) refuse_redis_url();
  return *std::move(decoded);
}

int parse_redis_port(std::string_view text) {
  const auto port = parse_integer<std::uint16_t>(text).value_or(0);
  if (port == 0) refuse_redis_url();
  return port;
}

int parse_database(std::string_view text) {
  const auto database = parse_integer<std::uint16_t>(text);
  if (!database)
    throw ConfigError("REDIS_URL: the database after '/' or 'db=' is not a number; expected redis://host:6379/0");
  return *database;
}

void parse_redis_options(std::string_view query, RedisUrl& url) {
  const auto options = parse_query_options(query);
  if (!options) refuse_redis_url();
  for (const auto& [name, value] : *options) {
    if (name != "db") {
      throw ConfigError("REDIS_URL: " + option_for_error(name) + " is not supported, only db is; remove it" +
                        " (ESTEIRA_CACHE_TIMEOUT sets the timeout)");
    }
    url.database = parse_database(value);
  }
}

}  // namespace

RedisUrl RedisUrl::parse(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  constexpr std::string_view kTlsScheme = "rediss://";
  RedisUrl parsed;
  parsed.tls = url.starts_with(kTlsScheme);
  if ((!parsed.tls && !url.starts_with(kScheme)) || has_control(url)) refuse_redis_url();
  url.remove_prefix(parsed.tls ? kTlsScheme.size() : kScheme.size());
  // A password may contain a '?', so the options begin after the last '@' (npos + 1 is 0).
  if (const auto mark = url.find('?', url.rfind('@') + 1); mark != std::string_view::npos) {
    parse_redis_options(url.substr(mark + 1), parsed);
    url = url.substr(0, mark);
  }
  if (const auto slash = url.find('/'); slash != std::string_view::npos) {
    if (slash + 1 < url.size()) parsed.database = parse_database(url.substr(slash + 1));
    url = url.substr(0, slash);
  }
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto login = url.substr(0, at);
    const auto colon = std::min(login.find(':'), login.size());
    parsed.user = decode_redis_text(login.substr(0, colon));
    if (colon < login.size()) parsed.password = decode_redis_text(login.substr(colon + 1));
    url.remove_prefix(at + 1);
  }
  if (const auto colon = url.rfind(':'); colon != std::string_view::npos && url.back() != ']') {
    parsed.port = parse_redis_port(url.substr(colon + 1));
    url = url.substr(0, colon);
  }
  if (url.starts_with('[') && url.ends_with(']')) url = url.substr(1, url.size() - 2);
  if (url.empty()) refuse_redis_url();
  parsed.host = url;
  return parsed;
}

RedisUrl RedisUrl::read(const Config& config) {
  auto url = parse(config.text("REDIS_URL"));
  url.ca_file = config.text("REDIS_CA_FILE");
  if (!url.tls && !url.ca_file.empty())
    throw ConfigError("REDIS_CA_FILE is set, and REDIS_URL is without TLS; write rediss://, or remove it");
  return url;
}

}  // namespace esteira::runtime::cache
