#include "runtime/postgres/commit_waits.hpp"

namespace esteira::runtime::postgres {
namespace {

/// "select" of the longest wait only: pg_stat_activity has one row for each connection of the server. SyncRep,
/// WALSync and WALWrite are wait events of PostgreSQL (its manual, table "Wait Events").
constexpr const char* kLongestWait = R"(
select wait_event, extract(epoch from clock_timestamp() - query_start)::integer as seconds
from pg_stat_activity
where datname = current_database() and state = 'active' and wait_event in ('SyncRep', 'WALSync', 'WALWrite')
  and query_start < clock_timestamp() - interval '3 seconds'
order by query_start limit 1)";

std::string describe_wait(const std::string& wait_event, const std::string& seconds) {
  std::string text = "a commit has waited " + seconds + " seconds for ";
  if (wait_event == "SyncRep") {
    text.append("a synchronous standby (SyncRep): start the standby, or change synchronous_standby_names");
  } else {
    text.append("the server's disk (").append(wait_event).append("): see what slows it down");
  }
  return text;
}

}  // namespace

void check_commits(Session& session) {
  std::string wait;
  session.read([&wait](pqxx::transaction_base& work) {
    wait.clear();
    const auto rows = work.exec(kLongestWait);
    if (!rows.empty()) wait = describe_wait(rows[0]["wait_event"].c_str(), rows[0]["seconds"].c_str());
  });
  if (!wait.empty()) throw Refused(wait);
}

}  // namespace esteira::runtime::postgres
