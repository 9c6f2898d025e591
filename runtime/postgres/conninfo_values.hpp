#pragma once
#include <map>
#include <string>

namespace esteira::runtime::postgres {

/// Checks the values of a conninfo that libpq itself checks only when it connects: a program would wait for a server
/// that it can never reach. Returns what is wrong in one line without the value, or "".
/// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS
std::string conninfo_value_fault(const std::map<std::string, std::string>& pairs);

}  // namespace esteira::runtime::postgres
