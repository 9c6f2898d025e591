#include "runtime/postgres/commit_waits.hpp"

#include <algorithm>
#include <utility>

namespace esteira::runtime::postgres {
namespace {

constexpr std::chrono::seconds kMaxWait{3};

/// SyncRep: the wait event of a commit that no synchronous standby has confirmed (PostgreSQL's manual, "Wait Events").
constexpr const char* kWaitingCommits = R"(
select pid || ' ' || query_start as commit
from pg_stat_activity where datname = current_database() and wait_event = 'SyncRep')";

}  // namespace

void CommitWaits::check(Session& session) {
  const auto now = Clock::now();
  decltype(first_seen_) seen;
  session.read([&](pqxx::transaction_base& work) {
    seen.clear();
    for (const auto& row : work.exec(kWaitingCommits)) {
      const std::string commit = row["commit"].c_str();
      const auto before = first_seen_.find(commit);
      seen.emplace(commit, before == first_seen_.end() ? now : before->second);
    }
  });
  first_seen_ = std::move(seen);
  const auto lasts = [now](const auto& wait) { return now - wait.second >= kMaxWait; };
  if (std::any_of(first_seen_.begin(), first_seen_.end(), lasts)) {
    throw Refused(
        "commits wait for a synchronous standby: start the standby, or change synchronous_standby_names of the server");
  }
}

}  // namespace esteira::runtime::postgres
