#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::postgres {

/// What an exception of libpqxx means to Session.
enum class ErrorKind {
  connection_lost,  ///< reconnect
  conflict,         ///< the transaction was rolled back because of a concurrent one: repeat it
  unavailable,      ///< the server cannot process the statement now, and keeps the connection: try later
  request_error,    ///< not a problem of the server: bad SQL, a violated constraint, an exception of the caller
};

struct Diagnosis {
  ErrorKind kind = ErrorKind::request_error;
  std::string text;  ///< one line; empty when the exception is not from libpqxx
};

/// Classifies the exception being handled. `open` tells whether the connection is still open.
Diagnosis diagnose_current_exception(bool open);

/// The first line of a server's message, without trailing blanks.
std::string first_line(std::string_view message);

}  // namespace esteira::runtime::postgres
