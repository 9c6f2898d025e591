#pragma once
#include <string>

namespace esteira::runtime::postgres {

/// Whether a connection pooler gives the server with this process id to a second connection while the session that it
/// served is still open, between two of its transactions. Opens that connection with `conninfo` and asks it for its
/// server; waits at most about a second for the answer, because a pooler that keeps a server for each session may have
/// none left. A pooler that is busy may give out another server: false is not certain.
bool is_given_to_others(int server_pid, const std::string& conninfo);

}  // namespace esteira::runtime::postgres
