#include "runtime/postgres/error_kind.hpp"

#include <algorithm>
#include <iterator>
#include <pqxx/pqxx>
#include <utility>

namespace esteira::runtime::postgres {
namespace {

// https://www.postgresql.org/docs/15/errcodes-appendix.html

struct Meaning {
  std::string_view prefix;  ///< of the SQLSTATE; the first entry that fits counts
  ErrorKind kind;
};

constexpr Meaning kMeanings[] = {
    {"08", ErrorKind::connection_lost},     // connection exception
    {"57P0", ErrorKind::connection_lost},   // the server shuts down, or ends this session
    {"25P03", ErrorKind::connection_lost},  // idle_in_transaction_session_timeout
    {"40", ErrorKind::conflict},            // deadlock, serialization failure
    {"57014", ErrorKind::busy},             // statement timeout
    {"55P03", ErrorKind::busy},             // lock timeout
    {"53", ErrorKind::busy},                // no space, no memory, no connection
    {"58", ErrorKind::busy},                // the server's files
    {"0A000", ErrorKind::stale_session},    // cached plan must not change result type
    {"26000", ErrorKind::stale_session},    // the prepared statement is gone
    {"42P05", ErrorKind::stale_session},    // the prepared statement of another session is in the way
    {"25006", ErrorKind::stale_session},    // the server only reads: a new connection may find the primary
    {"XX000", ErrorKind::stale_session},    // cache lookup failed: a type was dropped and created again
    {"21", ErrorKind::request_error},       // cardinality
    {"22", ErrorKind::request_error},       // data
    {"23", ErrorKind::request_error},       // constraint
    {"44", ErrorKind::request_error},       // with check option
    {"54", ErrorKind::request_error},       // a value or a statement is too large
    {"P0001", ErrorKind::request_error},    // raised by a trigger
};

struct Remedy {
  std::string_view prefix;  ///< of the SQLSTATE; the first entry that fits counts
  std::string_view text;
};

constexpr std::string_view kUseSessionMode =
    "a connection pooler gives the session's server to others: set pool_mode = session";
constexpr std::string_view kMigrate =
    "the schema does not fit this program: run esteira migrate, or undo the change of a table, type or function";

constexpr std::string_view kNameIsTaken =
    "another program uses this name: give Esteira a database of its own, or a schema of its own by search_path";

constexpr Remedy kRemedies[] = {
    {"42501", "grant the right to the user of DATABASE_URL"},
    {"42P05", kUseSessionMode},
    {"42P07", kNameIsTaken},
    {"42710", kNameIsTaken},
    {"42", kMigrate},
    {"3D", "create the database that DATABASE_URL names"},
    {"3F", kMigrate},
    {"0A000", kMigrate},
    {"26000", kUseSessionMode},
    {"25006", "the server is read-only: name the primary, or all hosts, in DATABASE_URL, or make it writable"},
    {"53100", "free space on the disk of PostgreSQL"},
    {"53200", "give PostgreSQL more memory, or lower work_mem"},
    {"53300", "raise max_connections, or run fewer programs"},
    {"55P03", "another session holds a lock: end long transactions, see pg_locks"},
    {"57014", "the statement took too long: look for locks and load, see pg_stat_activity"},
};

std::string without_severity(std::string text) {
  constexpr std::string_view kSeverity = "ERROR:";
  if (!text.starts_with(kSeverity)) return text;
  return text.substr(std::min(text.find_first_not_of(' ', kSeverity.size()), text.size()));
}

template <class Error>
bool is_a(const pqxx::sql_error& error) {
  return dynamic_cast<const Error*>(&error) != nullptr;
}

/// libpqxx 6 throws some types of errors without their SQLSTATE.
std::string sqlstate_of(const pqxx::sql_error& error) {
  if (!error.sqlstate().empty()) return error.sqlstate();
  if (is_a<pqxx::insufficient_privilege>(error)) return "42501";
  if (is_a<pqxx::disk_full>(error)) return "53100";
  if (is_a<pqxx::out_of_memory>(error)) return "53200";
  if (is_a<pqxx::insufficient_resources>(error)) return "53000";
  if (is_a<pqxx::plpgsql_raise>(error)) return "P0001";
  if (is_a<pqxx::integrity_constraint_violation>(error)) return "23000";
  if (is_a<pqxx::data_exception>(error)) return "22000";
  if (is_a<pqxx::feature_not_supported>(error)) return "0A000";
  if (is_a<pqxx::invalid_sql_statement_name>(error)) return "26000";
  if (is_a<pqxx::undefined_table>(error)) return "42P01";
  if (is_a<pqxx::undefined_column>(error)) return "42703";
  if (is_a<pqxx::undefined_function>(error)) return "42883";
  return is_a<pqxx::syntax_error>(error) ? "42601" : "";
}

Diagnosis diagnose(const pqxx::sql_error& error) {
  const auto sqlstate = sqlstate_of(error);
  const auto kind = kind_of_sqlstate(sqlstate);
  auto text = first_line(error.what());
  if (!is_refusal(kind)) return {kind, std::move(text)};
  text = without_severity(std::move(text));
  if (!sqlstate.empty()) text.append(" (SQLSTATE ").append(sqlstate).append(")");
  return {kind, text.append(": ").append(remedy_for_sqlstate(sqlstate))};
}

}  // namespace

bool is_refusal(ErrorKind kind) {
  return kind == ErrorKind::busy || kind == ErrorKind::stale_session || kind == ErrorKind::refused;
}

ErrorKind kind_of_sqlstate(std::string_view sqlstate) {
  const auto* const found =
      std::ranges::find_if(kMeanings, [&](const Meaning& meaning) { return sqlstate.starts_with(meaning.prefix); });
  return found == std::end(kMeanings) ? ErrorKind::refused : found->kind;
}

std::string_view remedy_for_sqlstate(std::string_view sqlstate) {
  const auto* const found =
      std::ranges::find_if(kRemedies, [&](const Remedy& remedy) { return sqlstate.starts_with(remedy.prefix); });
  return found == std::end(kRemedies) ? "see the log of PostgreSQL" : found->text;
}

std::string first_line(std::string_view message) {
  auto line = message.substr(0, message.find('\n'));
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t')) line.remove_suffix(1);
  return line.empty() ? "the connection was lost" : std::string(line);
}

Diagnosis diagnose_current_exception(bool open) {
  try {
    throw;
  } catch (const pqxx::transaction_rollback& error) {
    return {open ? ErrorKind::conflict : ErrorKind::connection_lost, first_line(error.what())};
  } catch (const pqxx::broken_connection& error) {
    return {ErrorKind::connection_lost, first_line(error.what())};
  } catch (const pqxx::sql_error& error) {
    return open ? diagnose(error) : Diagnosis{ErrorKind::connection_lost, first_line(error.what())};
  } catch (const pqxx::failure& error) {
    return {open ? ErrorKind::refused : ErrorKind::connection_lost, first_line(error.what())};
  } catch (...) {
    return {};
  }
}

}  // namespace esteira::runtime::postgres
