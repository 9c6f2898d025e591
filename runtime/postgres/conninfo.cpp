#include "runtime/postgres/conninfo.hpp"

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <string_view>

#include "runtime/config/config.hpp"
#include "runtime/postgres/conninfo_values.hpp"

namespace esteira::runtime::postgres {
namespace {

using Pairs = std::map<std::string, std::string>;

constexpr const char* kLimits =
    "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s "
    "-c plan_cache_mode=force_generic_plan -c synchronous_commit=on -c timezone=UTC";

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
  // Of several hosts only the current primary accepts writes.
  if (pairs["host"].find(',') != std::string::npos) pairs.emplace("target_session_attrs", "read-write");
  auto& options = pairs["options"];
  options = options.empty() ? kLimits : kLimits + (" " + options);
  std::string conninfo;
  for (const auto& [key, value] : pairs) {
    if (!value.empty()) conninfo += (conninfo.empty() ? "" : " ") + key + "=" + quote_value(value);
  }
  return conninfo;
}

}  // namespace esteira::runtime::postgres
