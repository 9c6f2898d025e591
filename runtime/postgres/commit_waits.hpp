#pragma once
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::postgres {

/// Throws Refused when a commit in the database of `session` has waited for several seconds: for a synchronous standby
/// that does not answer, or for the server's disk. Such a commit returns no error and has no timeout, so nothing else
/// reports it; statements that are rolled back do not wait. Sees the sessions of the same user; those of other users
/// only with the rights of pg_read_all_stats. Throws Unavailable, too.
void check_commits(Session& session);

}  // namespace esteira::runtime::postgres
