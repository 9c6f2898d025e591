#include "runtime/postgres/commit_waits.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

namespace {

using esteira::runtime::postgres::CommitWaits;
using esteira::runtime::postgres::Refused;
using esteira::runtime::postgres::Session;
using esteira::test::wait_until;

/// A server of its own, on which a statement that lasted for four seconds commits and then waits for a standby.
class WaitingCommit {
 public:
  WaitingCommit() {
    execute("create table t (i int)");
    execute("alter system set synchronous_standby_names = 'absent'");
    execute("select pg_reload_conf()");
    commit_ = std::async(std::launch::async, [this] { execute("insert into t select 1 from pg_sleep(4)"); });
    REQUIRE(wait_until([this] {
      bool waits = false;
      session_.read([&waits](pqxx::transaction_base& work) {
        waits = !work.exec("select from pg_stat_activity where wait_event = 'SyncRep'").empty();
      });
      return waits;
    }));
  }
  ~WaitingCommit() { release(); }
  WaitingCommit(const WaitingCommit&) = delete;
  WaitingCommit& operator=(const WaitingCommit&) = delete;

  Session& session() { return session_; }
  void release() {
    execute("alter system reset synchronous_standby_names");
    execute("select pg_reload_conf()");
    if (commit_.valid()) commit_.get();
  }

 private:
  void execute(const std::string& sql) {
    pqxx::connection connection(servers_.database_url());
    pqxx::nontransaction(connection).exec(sql);
  }

  esteira::test::Servers servers_{"commit-waits", {"postgres"}};
  Session session_{servers_.database_url(), "test"};
  std::future<void> commit_;
};

}  // namespace

TEST_CASE("a commit that waits for a standby is told when it lasts, not because its statement was long") {
  WaitingCommit commit;
  CommitWaits waits;
  waits.check(commit.session());
  CHECK(waits.any());
  std::string text;
  CHECK(wait_until([&] {
    try {
      waits.check(commit.session());
    } catch (const Refused& refused) {
      text = refused.what();
    }
    return !text.empty();
  }));
  CHECK_THAT(text, Catch::StartsWith("commits wait for a synchronous standby"));
  CHECK_THROWS_WITH(waits.check(commit.session()), text);
  commit.release();
  CHECK(wait_until([&] {
    waits.check(commit.session());
    return !waits.any();
  }));
}
