#include "runtime/postgres/error_kind.hpp"

#include <pqxx/pqxx>

namespace esteira::runtime::postgres {
namespace {

/// https://www.postgresql.org/docs/15/errcodes-appendix.html
ErrorKind kind_of(std::string_view sqlstate) {
  if (sqlstate.starts_with("08") || sqlstate.starts_with("57P0") || sqlstate == "25P03")
    return ErrorKind::connection_lost;
  // read_only_sql_transaction: the server has become a standby. A new connection may find the primary.
  if (sqlstate == "25006") return ErrorKind::connection_lost;
  if (sqlstate.starts_with("40")) return ErrorKind::conflict;
  if (sqlstate.starts_with("53") || sqlstate.starts_with("58") || sqlstate == "55P03" || sqlstate == "57014") {
    return ErrorKind::unavailable;
  }
  return ErrorKind::request_error;
}

}  // namespace

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
    return {open ? kind_of(error.sqlstate()) : ErrorKind::connection_lost, first_line(error.what())};
  } catch (const pqxx::failure& error) {
    return {open ? ErrorKind::request_error : ErrorKind::connection_lost, first_line(error.what())};
  } catch (...) {
    return {};
  }
}

}  // namespace esteira::runtime::postgres
