#include "cli/redis_check.hpp"

#include <hiredis/hiredis.h>

#include <charconv>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <vector>

#include "runtime/config/config.hpp"

namespace esteira::cli {
namespace {

struct CloseRedis {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};
using RedisContext = std::unique_ptr<redisContext, CloseRedis>;

[[noreturn]] void refuse_redis_url() {
  throw runtime::ConfigError("REDIS_URL: expected redis://user:password@host:6379/0");
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decode_percent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) refuse_redis_url();
    decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return decoded;
}

int parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65'535) refuse_redis_url();
  return port;
}

/// The answer to one command, which must not be an error.
void ask(redisContext& context, std::vector<const char*> words) {
  const std::unique_ptr<void, FreeReply> reply(
      redisCommandArgv(&context, static_cast<int>(words.size()), words.data(), nullptr));
  if (!reply) throw std::runtime_error(context.errstr);
  const auto& answer = *static_cast<const redisReply*>(reply.get());
  if (answer.type == REDIS_REPLY_ERROR) throw std::runtime_error(answer.str);
}

}  // namespace

RedisUrl RedisUrl::parse(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  if (!url.starts_with(kScheme)) refuse_redis_url();
  url.remove_prefix(kScheme.size());
  RedisUrl parsed;
  if (const auto slash = url.find('/'); slash != std::string_view::npos) {
    parsed.database = url.substr(slash + 1);
    url = url.substr(0, slash);
  }
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto login = url.substr(0, at);
    const auto colon = std::min(login.find(':'), login.size());
    parsed.user = decode_percent(login.substr(0, colon));
    if (colon < login.size()) parsed.password = decode_percent(login.substr(colon + 1));
    url.remove_prefix(at + 1);
  }
  if (const auto colon = url.rfind(':'); colon != std::string_view::npos && url.back() != ']') {
    parsed.port = parse_port(url.substr(colon + 1));
    url = url.substr(0, colon);
  }
  if (url.starts_with('[') && url.ends_with(']')) url = url.substr(1, url.size() - 2);
  if (url.empty()) refuse_redis_url();
  parsed.host = url;
  return parsed;
}

void check_redis(const RedisUrl& url) {
  const timeval patience{3, 0};
  const RedisContext context(redisConnectWithTimeout(url.host.c_str(), url.port, patience));
  if (!context) throw std::runtime_error("out of memory");
  if (context->err != 0) throw std::runtime_error(context->errstr);
  redisSetTimeout(context.get(), patience);
  if (!url.password.empty()) {
    std::vector<const char*> login = {"AUTH"};
    if (!url.user.empty()) login.push_back(url.user.c_str());
    login.push_back(url.password.c_str());
    ask(*context, login);
  }
  if (!url.database.empty()) ask(*context, {"SELECT", url.database.c_str()});
  ask(*context, {"PING"});
}

}  // namespace esteira::cli
