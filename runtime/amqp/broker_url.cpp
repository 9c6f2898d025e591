#include "runtime/amqp/broker_url.hpp"

#include <cstdint>

#include "runtime/config/config.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/text/parse_integer.hpp"
#include "runtime/text/percent_decode.hpp"
#include "runtime/text/query_options.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr std::string_view kScheme = "amqp://";
constexpr std::string_view kTlsScheme = "amqps://";
constexpr std::uint16_t kPort = 5672;
constexpr std::uint16_t kTlsPort = 5671;

[[noreturn]] void refuse_url(const std::string& why) {
  throw ConfigError("RABBITMQ_URL: " + why + "; expected amqp://user:password@host:port/vhost");
}

std::string decode_part(std::string_view text) {
  auto decoded = percent_decode(text);
  if (!decoded) refuse_url("a '%' is not followed by two hexadecimal digits");
  if (has_control(*decoded)) refuse_url("user, password or vhost contains a control character");
  return *std::move(decoded);
}

std::uint16_t parse_port(std::string_view text) {
  const auto port = parse_integer<std::uint16_t>(text).value_or(0);
  if (port == 0) refuse_url("a port is not a number from 1 to 65535");
  return port;
}

BrokerUrl::Host parse_host(std::string_view text, std::uint16_t default_port) {
  BrokerUrl::Host host;
  host.port = default_port;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) refuse_url("an IPv6 host has no closing ']'");
    host.name = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    host.name = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (host.name.empty()) refuse_url("a host is empty");
  const bool has_invalid = host.name.find_first_of(" ?#%\\\"") != std::string::npos;
  if (has_invalid || has_control(host.name)) {
    refuse_url("a host contains invalid characters; percent-encode special characters of the password");
  }
  if (!rest.empty()) {
    if (rest.front() != ':') refuse_url("a host is followed by something that is not :port");
    host.port = parse_port(rest.substr(1));
  }
  return host;
}

void parse_user(std::string_view text, BrokerUrl& url) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) refuse_url("there is a user but no password");
  url.user = decode_part(text.substr(0, colon));
  url.password = decode_part(text.substr(colon + 1));
  if (url.user.empty()) refuse_url("the user is empty");
}

void parse_vhost(std::string_view text, BrokerUrl& url) {
  if (text.find('/') != std::string_view::npos) refuse_url("a '/' in the vhost must be written %2F");
  if (!text.empty()) url.vhost = decode_part(text);
  if (url.vhost.size() > 255) refuse_url("the vhost is longer than 255 bytes");
}

int parse_option(std::string_view text, int max, const char* fault) {
  const auto value = parse_integer<std::uint16_t>(text).value_or(0);
  if (value == 0 || value > max) refuse_url(fault);
  return value;
}

void parse_options(std::string_view query, BrokerUrl& url) {
  const auto options = parse_query_options(query);
  if (!options) refuse_url("the options after '?' are not name=value, separated by '&'");
  for (const auto& [name, value] : *options) {
    if (name == "heartbeat") {
      url.heartbeat =
          std::chrono::seconds(parse_option(value, 300, "heartbeat is not a number of seconds from 1 to 300"));
    } else if (name == "connection_timeout") {
      url.connect_timeout = std::chrono::milliseconds(
          parse_option(value, 60'000, "connection_timeout is not a number of milliseconds from 1 to 60000"));
    } else {
      refuse_url(option_for_error(name) + " is not supported, only heartbeat and connection_timeout are");
    }
  }
}

}  // namespace

BrokerUrl BrokerUrl::parse(std::string_view url) {
  BrokerUrl parsed;
  parsed.tls = url.starts_with(kTlsScheme);
  if (!parsed.tls && !url.starts_with(kScheme)) refuse_url("it does not begin with amqp:// or amqps://");
  url.remove_prefix(parsed.tls ? kTlsScheme.size() : kScheme.size());
  // A password may contain a '?', so the options begin after the last '@' (npos + 1 is 0).
  if (const auto mark = url.find('?', url.rfind('@') + 1); mark != std::string_view::npos) {
    parse_options(url.substr(mark + 1), parsed);
    url = url.substr(0, mark);
  }
  auto authority = url.substr(0, url.find('/'));
  if (authority.size() < url.size()) parse_vhost(url.substr(authority.size() + 1), parsed);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    parse_user(authority.substr(0, at), parsed);
    authority.remove_prefix(at + 1);
  }
  while (true) {
    const auto comma = authority.find(',');
    parsed.hosts.push_back(parse_host(authority.substr(0, comma), parsed.tls ? kTlsPort : kPort));
    if (comma == std::string_view::npos) return parsed;
    authority.remove_prefix(comma + 1);
  }
}

BrokerUrl BrokerUrl::read(const Config& config) {
  auto url = parse(config.text("RABBITMQ_URL"));
  url.ca_file = config.text("RABBITMQ_CA_FILE");
  if (!url.tls && !url.ca_file.empty())
    throw ConfigError("RABBITMQ_CA_FILE is set, and RABBITMQ_URL is without TLS; write amqps://, or remove it");
  return url;
}

std::string BrokerUrl::display() const {
  std::string text;
  for (const auto& host : hosts) {
    if (!text.empty()) text += ',';
    text += host.name.find(':') == std::string::npos ? host.name : '[' + host.name + ']';
    text += ':' + std::to_string(host.port);
  }
  return text + " vhost " + vhost;
}

}  // namespace esteira::runtime::amqp
