#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::postgres {

/// What an exception of libpqxx means for us.
enum class ErrorKind {
  lost,         ///< the connection is gone
  conflict,     ///< rolled back because of another transaction
  unavailable,  ///< the server refuses now, over this connection
  ours,         ///< not the server's trouble
};

struct Diagnosis {
  ErrorKind trouble = ErrorKind::ours;
  std::string text;  ///< one line; empty when the trouble is ours
};

/// Of the exception being handled. `open` tells whether the connection still stands.
Diagnosis diagnose_current_exception(bool open);

/// The first line of a server's message, without the tail of blanks.
std::string first_line(std::string_view message);

}  // namespace esteira::runtime::postgres
