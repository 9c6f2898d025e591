#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/cache/redis_url.hpp"
#include "runtime/config/config.hpp"
#include "runtime/postgres/conninfo.hpp"
#include "runtime/text/ascii.hpp"
#include "tests/fuzz/targets.hpp"

namespace esteira::fuzz {
namespace {

using runtime::amqp::BrokerUrl;
using Options = std::map<std::string, std::string>;

template <class Parse>
auto parsed(Parse parse) -> std::optional<decltype(parse())> {
  try {
    return parse();
  } catch (const runtime::ConfigError& error) {
    require_safe_error(error.what());
    return std::nullopt;
  }
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4U];
    encoded += kDigits[byte & 0xfU];
  }
  return encoded;
}

std::string written(const BrokerUrl& url) {
  std::string text = url.tls ? "amqps://" : "amqp://";
  text += percent_encoded(url.user) + ':' + percent_encoded(url.password) + '@';
  for (const auto& host : url.hosts) {
    if (&host != &url.hosts.front()) text += ',';
    text += host.name.find(':') == std::string::npos ? host.name : '[' + host.name + ']';
    text += ':' + std::to_string(host.port);
  }
  return text + '/' + percent_encoded(url.vhost);
}

bool shows_secret(const BrokerUrl& url) {
  return url.vhost.find(kSecret) != std::string::npos ||
         std::any_of(url.hosts.begin(), url.hosts.end(),
                     [](const auto& host) { return host.name.find(kSecret) != std::string::npos; });
}

void check_broker(const BrokerUrl& url) {
  require(!url.hosts.empty() && !url.user.empty(), "a broker has a host and a user");
  for (const auto& host : url.hosts) require(!host.name.empty() && host.port != 0, "a host has a name and a port");
  require(!runtime::has_control(url.user + url.password + url.vhost + url.hosts[0].name),
          "a URL has no control characters");
  require(shows_secret(url) || url.display().find(kSecret) == std::string::npos,
          "the displayed URL contains no password");
  const auto again = BrokerUrl::parse(written(url));
  require(again.user == url.user && again.password == url.password && again.vhost == url.vhost &&
              again.display() == url.display() && again.tls == url.tls,
          "a written URL can be parsed");
}

std::optional<Options> libpq_options(const std::string& text) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(text.c_str(), nullptr),
                                                                             &PQconninfoFree);
  if (!options) return std::nullopt;
  Options read;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') read.emplace(option->keyword, option->val);
  }
  return read;
}

void check_database(const std::string& url, const std::string& conninfo) {
  const auto given = libpq_options(url);
  const auto made = libpq_options(conninfo);
  require(given && made, "libpq parses the conninfo");
  for (const auto& [name, value] : *given) {
    if (name == "options") continue;  // a statement sets them after connecting
    const auto found = made->find(name);
    require(found != made->end() && found->second == value, "the conninfo keeps the options of the URL");
  }
}

}  // namespace

void urls(std::string_view input) {
  const std::string url(input);
  if (const auto broker = parsed([&] { return BrokerUrl::parse(url); })) check_broker(*broker);
  if (const auto made = parsed([&] { return runtime::postgres::make_conninfo(url, "fuzz"); }))
    check_database(url, *made);
  if (const auto redis = parsed([&] { return runtime::cache::RedisUrl::parse(url); })) {
    require(!redis->host.empty() && redis->port > 0, "Redis has a host and a port");
    require(!runtime::has_control(redis->host + redis->user + redis->password), "a URL has no control characters");
  }
}

}  // namespace esteira::fuzz
