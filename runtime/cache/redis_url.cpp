#include "runtime/cache/redis_url.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/config/config.hpp"

namespace esteira::runtime::cache {
namespace {

[[noreturn]] void refuse_redis_url() { throw ConfigError("REDIS_URL: expected redis://user:password@host:6379/0"); }

// hiredis is given C strings, and none of the parts has any use for one.
bool is_redis_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

int redis_hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decode_redis_text(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || redis_hex_value(text[i + 1]) < 0 || redis_hex_value(text[i + 2]) < 0)
        refuse_redis_url();
      c = static_cast<char>(redis_hex_value(text[i + 1]) * 16 + redis_hex_value(text[i + 2]));
      i += 2;
    }
    if (is_redis_control(c)) refuse_redis_url();
    decoded += c;
  }
  return decoded;
}

int parse_redis_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65'535) refuse_redis_url();
  return port;
}

}  // namespace

RedisUrl RedisUrl::parse(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  if (!url.starts_with(kScheme) || std::any_of(url.begin(), url.end(), is_redis_control)) refuse_redis_url();
  url.remove_prefix(kScheme.size());
  RedisUrl parsed;
  if (const auto slash = url.find('/'); slash != std::string_view::npos) {
    parsed.database = url.substr(slash + 1);
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

}  // namespace esteira::runtime::cache
