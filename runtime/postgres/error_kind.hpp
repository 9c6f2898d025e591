#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::postgres {

/// What an exception of libpqxx means to Session.
enum class ErrorKind {
  connection_lost,  ///< reconnect
  conflict,         ///< the transaction was rolled back because of a concurrent one: repeat it
  busy,             ///< the server refuses the statement now; the session is as good as before: try later
  stale_session,    ///< a new session may succeed at once: the schema or the server's role changed, or a pooler
                    ///< took the prepared statements away
  refused,          ///< the server refuses the statement because of its own state: try later, with a new session
  request_error,    ///< about the rows or about the caller: the same rows fail again
};

/// Whether the server answered that it does not do the statement, for a reason that is not the rows.
bool is_refusal(ErrorKind kind);

struct Diagnosis {
  ErrorKind kind = ErrorKind::request_error;
  std::string text;  ///< one line; for a refusal with SQLSTATE and remedy; empty when it is not from libpqxx
};

/// What a SQLSTATE means. Only errors about the rows (data, constraints, limits of a value, an exception raised by a
/// trigger) are request errors. Everything that is not known to be about the rows is the installation's trouble: right,
/// schema, space, a server that only reads.
ErrorKind kind_of_sqlstate(std::string_view sqlstate);

/// What an operator can do about a refusal, in a few words. Never empty.
std::string_view remedy_for_sqlstate(std::string_view sqlstate);

/// Classifies the exception being handled. `open` tells whether the connection is still open.
Diagnosis diagnose_current_exception(bool open);

/// The first line of a server's message, without trailing blanks.
std::string first_line(std::string_view message);

}  // namespace esteira::runtime::postgres
