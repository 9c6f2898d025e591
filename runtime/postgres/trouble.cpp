#include "runtime/postgres/trouble.hpp"

#include <pqxx/pqxx>

namespace esteira::runtime::postgres {
namespace {

/// https://www.postgresql.org/docs/15/errcodes-appendix.html
Trouble trouble_of(std::string_view sqlstate) {
  if (sqlstate.starts_with("08") || sqlstate.starts_with("57P0") || sqlstate == "25P03") return Trouble::lost;
  // The server has become a standby: a new connection may find the primary.
  if (sqlstate == "25006") return Trouble::lost;
  if (sqlstate.starts_with("40")) return Trouble::conflict;
  if (sqlstate.starts_with("53") || sqlstate.starts_with("58") || sqlstate == "55P03" || sqlstate == "57014") {
    return Trouble::unavailable;
  }
  return Trouble::ours;
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
    return {open ? Trouble::conflict : Trouble::lost, first_line(error.what())};
  } catch (const pqxx::broken_connection& error) {
    return {Trouble::lost, first_line(error.what())};
  } catch (const pqxx::sql_error& error) {
    return {open ? trouble_of(error.sqlstate()) : Trouble::lost, first_line(error.what())};
  } catch (const pqxx::failure& error) {
    return {open ? Trouble::ours : Trouble::lost, first_line(error.what())};
  } catch (...) {
    return {};
  }
}

}  // namespace esteira::runtime::postgres
