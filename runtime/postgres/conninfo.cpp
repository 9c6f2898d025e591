#include "runtime/postgres/conninfo.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/config/config.hpp"
#include "runtime/postgres/conninfo_values.hpp"

namespace esteira::runtime::postgres {
namespace {

using Pairs = std::map<std::string, std::string>;

struct ServerSetting {
  std::string name;
  std::string value;
};

/// Set by a statement in each new session, not by the startup parameter `options`, which poolers do not accept.
std::vector<ServerSetting> our_settings() {
  return {{"statement_timeout", "10s"},
          {"lock_timeout", "5s"},
          {"idle_in_transaction_session_timeout", "30s"},
          {"plan_cache_mode", "force_generic_plan"},
          {"synchronous_commit", "on"},
          {"timezone", "UTC"}};
}

/// What is wrong with the conninfo. Does not repeat libpq's message, because that quotes text which may be the
/// password.
std::string conninfo_fault(const std::string& libpq) {
  const auto mentions = [&libpq](std::string_view words) { return libpq.find(words) != std::string::npos; };
  if (mentions("percent-encoded")) return "a percent sign does not start an escape sequence; write % as %25";
  if (mentions("URI query parameter") || mentions("invalid connection option"))
    return "it has a parameter that libpq does not know; see the PostgreSQL documentation of connection strings";
  return "expected postgresql://user:password@host:port/database, or key=value pairs";
}

Pairs parse_conninfo(const std::string& url) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(url.c_str(), &message),
                                                                             &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> fault(message, &PQfreemem);
  if (!options) throw ConfigError("DATABASE_URL: " + conninfo_fault(fault ? fault.get() : ""));
  Pairs pairs;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) pairs.emplace(option->keyword, option->val);
  }
  if (const auto value_fault = conninfo_value_fault(pairs); !value_fault.empty())
    throw ConfigError("DATABASE_URL: " + value_fault);
  return pairs;
}

/// Splits command-line options as the server does: at blanks, where a backslash escapes the next character.
std::vector<std::string> split_options(std::string_view options) {
  std::vector<std::string> words;
  bool in_word = false;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const bool blank = std::isspace(static_cast<unsigned char>(options[i])) != 0;
    if (!blank && !in_word) words.emplace_back();
    in_word = !blank;
    if (blank) continue;
    if (options[i] == '\\' && i + 1 < options.size()) ++i;
    words.back() += options[i];
  }
  return words;
}

/// The settings in `-c name=value` and `--name=value`. None when `options` has anything else.
std::optional<std::vector<ServerSetting>> parse_options(std::string_view options) {
  std::vector<ServerSetting> settings;
  const auto words = split_options(options);
  for (auto word = words.begin(); word != words.end(); ++word) {
    std::string_view text = *word;
    if (text == "-c" && ++word != words.end()) {
      text = *word;
    } else if (text.starts_with("--") || (text.starts_with("-c") && text.size() > 2)) {
      text.remove_prefix(2);
    } else {
      return std::nullopt;
    }
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    std::string name(text.substr(0, equals));
    std::ranges::replace(name, '-', '_');
    settings.push_back({std::move(name), std::string(text.substr(equals + 1))});
  }
  return settings;
}

std::string quote_literal(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

std::string quote_value(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace

std::string make_conninfo(const std::string& url, const std::string& name) {
  if (url.empty()) throw ConfigError("DATABASE_URL: empty; " + conninfo_fault({}));
  if (url.find('\0') != std::string::npos) throw ConfigError("DATABASE_URL: it contains a NUL byte; remove it");
  auto pairs = parse_conninfo(url);
  for (const auto& [key, value] : Pairs{{"connect_timeout", "3"},
                                        {"tcp_user_timeout", "10000"},
                                        {"keepalives", "1"},
                                        {"keepalives_idle", "10"},
                                        {"keepalives_interval", "5"},
                                        {"keepalives_count", "3"},
                                        {"client_encoding", "UTF8"},
                                        {"application_name", name}}) {
    pairs.emplace(key, value);
  }
  // Of several hosts only the current primary accepts writes. Reads need it too: a standby may not have an order yet
  // that was answered with 202.
  const bool has_several_hosts = (pairs["host"] + pairs["hostaddr"]).find(',') != std::string::npos;
  if (has_several_hosts) pairs.emplace("target_session_attrs", "read-write");
  const bool options_are_settings = parse_options(pairs["options"]).has_value();
  if (options_are_settings) pairs["options"].clear();
  std::string conninfo;
  for (const auto& [key, value] : pairs) {
    if (!value.empty()) conninfo += (conninfo.empty() ? "" : " ") + key + "=" + quote_value(value);
  }
  // An empty value keeps libpq from taking PGOPTIONS.
  return options_are_settings ? conninfo + " options=''" : conninfo;
}

std::string make_session_sql(const std::string& url) {
  auto settings = our_settings();
  if (auto more = parse_options(parse_conninfo(url)["options"])) {
    settings.insert(settings.end(), std::make_move_iterator(more->begin()), std::make_move_iterator(more->end()));
  }
  std::string sql;
  for (const auto& [name, value] : settings) {
    sql.append(sql.empty() ? "select " : ", ").append("set_config(").append(quote_literal(name));
    sql.append(", ").append(quote_literal(value)).append(", false)");
  }
  return sql + ", pg_backend_pid() as server_pid";
}

}  // namespace esteira::runtime::postgres
