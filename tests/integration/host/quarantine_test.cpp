#include "host/quarantine.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "runtime/text/uuid.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace {

using esteira::Message;
using esteira::Outcome;
using esteira::host::Executor;
using esteira::host::HandlerResult;
using esteira::host::Job;
using esteira::host::JobPtr;
using esteira::test::TestDatabase;
using esteira::test::wait_until;
using std::chrono::milliseconds;
using std::chrono::seconds;

class HandlerStage final : public esteira::Stage {
 public:
  using Handler = std::function<void(const Message&)>;
  explicit HandlerStage(Handler handler) : handler_(std::move(handler)) {}
  Outcome handle(const Message& message, esteira::Context&) override {
    handler_(message);
    return Outcome::done();
  }

 private:
  const Handler handler_;
};

/// The parts of one host that run redelivered messages. Results are kept here and never committed, so each job stays
/// unfinished. Destroying it without `shut_down` leaves the database as a crash of the host does.
struct HostRun {
  explicit HostRun(
      const TestDatabase& database, milliseconds handler_timeout = seconds(30),
      HandlerStage::Handler handler = [](const Message&) {})
      : executor({std::make_shared<HandlerStage>(std::move(handler)), nullptr}, {4, seconds(30)}, plugin_metrics,
                 host_metrics, [this](HandlerResult&& result) { results.push(std::move(result)); }),
        quarantine(database.url(), "enrich", handler_timeout, executor, host_metrics,
                   [](const JobPtr&, const std::string&) {}) {}

  static JobPtr job(const std::string& order_id) {
    auto job = std::make_shared<Job>();
    job->message.order_id = order_id;
    return job;
  }
  void redeliver(const std::string& order_id) { quarantine.submit(job(order_id)); }
  bool handled(std::size_t messages) {
    return wait_until([&] { return results.size() == messages; });
  }
  /// As a host does that stops with this message in flight.
  void shut_down(const std::string& order_id) {
    quarantine.stop();
    executor.stop(seconds(30));
    quarantine.record_release({{order_id, 0}});
  }

  esteira::runtime::Metrics metrics;
  esteira::host::HostMetrics host_metrics{metrics, "enrich"};
  esteira::host::PluginMetrics plugin_metrics{metrics, "enrich"};
  esteira::runtime::BatchQueue<HandlerResult> results;
  Executor executor;
  esteira::host::Quarantine quarantine;
};

struct QuarantineFixture {
  TestDatabase database;
  std::string order = esteira::runtime::random_uuid();

  std::string crash_runs() { return database.value("select crash_runs from poison_candidates"); }
};

}  // namespace

TEST_CASE_METHOD(QuarantineFixture, "a released message that crashes the next host is a poison candidate afterwards") {
  HostRun(database).shut_down(order);
  {
    HostRun crashed(database);
    crashed.redeliver(order);
    REQUIRE(crashed.handled(1));
    CHECK(crashed.host_metrics.redelivered_by_stop.Value() == 1);
  }
  HostRun next(database);
  next.redeliver(order);
  REQUIRE(next.handled(1));
  CHECK(next.host_metrics.redelivered_by_crash.Value() == 1);
  CHECK(next.host_metrics.redelivered_by_stop.Value() == 0);
  CHECK(crash_runs() == "1");
}

TEST_CASE_METHOD(QuarantineFixture, "a message released by one stop after another is never a poison candidate") {
  HostRun(database).shut_down(order);
  for (int stop = 0; stop < 3; ++stop) {
    HostRun host(database);
    host.redeliver(order);
    REQUIRE(host.handled(1));
    CHECK(host.host_metrics.redelivered_by_stop.Value() == 1);
    host.shut_down(order);
    CHECK(crash_runs() == "0");
  }
}

TEST_CASE_METHOD(QuarantineFixture, "a group that runs alone starts only when no other handler runs") {
  esteira::runtime::postgres::Session session(database.url(), "test",
                                              esteira::runtime::orders::prepare_poison_candidates);
  esteira::runtime::orders::mark_poison_candidates(session, "enrich", {{order, 0}});

  std::atomic<bool> candidate_started{false};
  std::atomic<bool> other_started{false};
  std::atomic<bool> other_ended{false};
  std::atomic<bool> was_alone{false};
  HostRun host(database, milliseconds(10), [&](const Message& message) {
    if (message.order_id == order) {
      was_alone = other_ended.load();
      candidate_started = true;
      return;
    }
    other_started = true;
    wait_until([&] { return candidate_started.load(); }, milliseconds(500));
    other_ended = true;
  });
  host.executor.submit({HostRun::job(esteira::runtime::random_uuid())});
  REQUIRE(wait_until([&] { return other_started.load(); }));
  host.redeliver(order);
  REQUIRE(host.handled(2));
  CHECK(was_alone);
}
