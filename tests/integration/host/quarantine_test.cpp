#include "host/quarantine.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "runtime/orders/workers/poison_candidates.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/integration/orders/order_fixture.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace {

using esteira::Message;
using esteira::Outcome;
using esteira::host::Executor;
using esteira::host::HandlerResult;
using esteira::host::Job;
using esteira::host::JobPtr;
using esteira::runtime::orders::RedriveKey;
using esteira::runtime::postgres::Session;
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

/// A circuit breaker that lets a number of handlers start.
struct Gate final : esteira::host::StartGate {
  bool admit(const JobPtr& /*job*/) override { return true; }
  [[nodiscard]] std::size_t places() const override { return open_places; }
  std::atomic<std::size_t> open_places{1'000'000};
};

/// The parts of one host that run redelivered messages. Results are kept here and never committed, so each job stays
/// unfinished. Destroying it without `shut_down` leaves the database as a crash of the
/// host does.
struct HostRun {
  explicit HostRun(
      const TestDatabase& database, milliseconds handler_timeout = seconds(30),
      HandlerStage::Handler handler = [](const Message&) {}, milliseconds hold_limit = seconds(300))
      : session(database.url(), "test"),
        executor({std::make_shared<HandlerStage>(std::move(handler)), nullptr}, {4, seconds(30), {}, {}, &gate},
                 plugin_metrics, host_metrics, [this](HandlerResult&& result) { results.push(std::move(result)); }),
        quarantine({database.url(),
                    handler_timeout,
                    hold_limit,
                    20,
                    {.stage = "enrich", .instance = instance, .settle_time = milliseconds(100)}},
                   executor, host_metrics,
                   {.recorded = [this](const auto& duplicates) { recorded += duplicates.size(); },
                    .cancelled = [this](const JobPtr&) { ++cancelled; },
                    .overdue = [this](const JobPtr&) { ++overdue; },
                    .on_poison = [this](const JobPtr&, const std::string&) { ++poisoned; },
                    .in_flight = [this] { return held(); }}) {
    beat();
  }

  static JobPtr job(const std::string& order_id) {
    auto job = std::make_shared<Job>();
    job->message.order_id = order_id;
    return job;
  }
  void redeliver(const std::string& order_id) { quarantine.submit(job(order_id)); }
  /// Lives on meanwhile.
  bool handled(std::size_t messages) {
    return wait_until([&] {
      beat();
      return results.size() == messages;
    });
  }
  void beat() {
    esteira::runtime::orders::WorkerHeartbeat heartbeat;
    heartbeat.instance = instance;
    heartbeat.exchange = "orders";
    heartbeat.stage = "enrich";
    esteira::runtime::orders::report_heartbeat(session, heartbeat);
  }
  std::vector<RedriveKey> held() {
    const std::lock_guard lock(mutex);
    return in_flight;
  }
  void hold(std::vector<RedriveKey> keys) {
    const std::lock_guard lock(mutex);
    in_flight = std::move(keys);
  }
  /// As a host does that stops with this message in flight.
  void shut_down(const std::string& order_id) {
    quarantine.stop();
    executor.stop(seconds(30));
    hold({{order_id, 0}});
    quarantine.record_release();
    esteira::runtime::orders::remove_heartbeat(session, instance);
  }

  const std::string instance = esteira::runtime::random_uuid();
  Session session;
  std::mutex mutex;
  std::vector<RedriveKey> in_flight;
  std::atomic<std::size_t> recorded{0};
  std::atomic<int> cancelled{0};
  std::atomic<int> overdue{0};
  std::atomic<int> poisoned{0};
  esteira::runtime::Metrics metrics;
  esteira::host::HostMetrics host_metrics{metrics, "enrich"};
  esteira::host::PluginMetrics plugin_metrics{metrics, "enrich"};
  esteira::runtime::BatchQueue<HandlerResult> results;
  Gate gate;
  Executor executor;
  esteira::host::Quarantine quarantine;
};

struct QuarantineFixture {
  TestDatabase database;
  esteira::test::OrderSession session{database};
  std::string order = esteira::test::place_order(session);

  std::string crash_runs() { return database.value("select crash_runs from poison_candidates"); }
  /// As a host that crashed while it ran the message.
  void crash_once() {
    Session other(database.url(), "test", esteira::runtime::orders::prepare_poison_candidates);
    const auto instance = esteira::runtime::random_uuid();
    esteira::runtime::orders::own_candidates(other, "enrich", {{order, 0}}, instance);
    esteira::runtime::orders::count_crash(other, "enrich", {{order, 0}}, instance);
  }
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

TEST_CASE_METHOD(QuarantineFixture, "while no handler may start, a candidate waits and belongs to no host") {
  crash_once();
  HostRun host(database);
  host.gate.open_places = 0;
  host.redeliver(order);
  REQUIRE(wait_until([&] { return host.host_metrics.redelivered_by_crash.Value() == 1; }));
  CHECK(host.results.pop_for(1, milliseconds(300)).empty());
  CHECK(database.value("select count(*) from poison_candidates where owner is not null") == "0");
  host.gate.open_places = 1;
  CHECK(host.handled(1));
  CHECK(crash_runs() == "1");
}

TEST_CASE_METHOD(QuarantineFixture, "while no handler may start, a candidate is held no longer than the hold limit") {
  crash_once();
  HostRun host(
      database, seconds(30), [](const Message&) {}, milliseconds(200));
  host.gate.open_places = 0;
  host.redeliver(order);
  REQUIRE(wait_until([&] { return host.overdue == 1; }));
  host.gate.open_places = 1;
  CHECK(host.results.pop_for(1, milliseconds(300)).empty());
  CHECK(crash_runs() == "1");
}

TEST_CASE_METHOD(QuarantineFixture, "a group that runs alone starts only when no other handler runs") {
  crash_once();

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

TEST_CASE_METHOD(QuarantineFixture, "a message that a living host is running is held until that host has a result") {
  HostRun owner(database);
  owner.hold({{order, 0}});
  owner.quarantine.claim_in_flight();
  REQUIRE(wait_until([&] { return database.value("select owner from poison_candidates") == owner.instance; }));
  HostRun other(database);
  other.redeliver(order);
  for (int beat = 0; beat < 20; ++beat) {
    owner.beat();
    CHECK_FALSE(wait_until([&] { return other.results.size() + other.recorded > 0; }, milliseconds(50)));
  }
  record_one(session, esteira::test::result_for(order, "enrich", "processing"));
  CHECK(wait_until([&] {
    owner.beat();
    return other.recorded == 1;
  }));
  CHECK(other.results.size() == 0);
  CHECK(crash_runs() == "0");
}

TEST_CASE_METHOD(QuarantineFixture, "a redelivered message is cancelled only when no living host is running it") {
  REQUIRE(esteira::test::request_cancellation(session, order).order_status == "pending");
  {
    HostRun owner(database);
    owner.hold({{order, 0}});
    owner.quarantine.claim_in_flight();
    REQUIRE(wait_until([&] { return database.value("select owner from poison_candidates") == owner.instance; }));
    HostRun other(database);
    other.redeliver(order);
    for (int beat = 0; beat < 20; ++beat) {
      owner.beat();
      CHECK_FALSE(wait_until([&] { return other.results.size() > 0 || other.cancelled > 0; }, milliseconds(50)));
    }
    esteira::runtime::orders::remove_heartbeat(owner.session, owner.instance);
    CHECK(wait_until([&] {
      other.beat();
      return other.cancelled == 1;
    }));
    CHECK(other.results.size() == 0);
  }
}

TEST_CASE_METHOD(QuarantineFixture, "a message that a stopping host released is cancelled and not run") {
  HostRun(database).shut_down(order);
  REQUIRE(esteira::test::request_cancellation(session, order).order_status == "pending");
  HostRun next(database);
  next.redeliver(order);
  CHECK(wait_until([&] { return next.cancelled == 1; }));
  CHECK(next.results.size() == 0);
}

TEST_CASE_METHOD(QuarantineFixture, "a claim ends when the message is not in flight any more") {
  HostRun owner(database);
  owner.hold({{order, 0}});
  owner.quarantine.claim_in_flight();
  REQUIRE(wait_until([&] { return database.value("select count(*) from poison_candidates") == "1"; }));
  owner.hold({});
  CHECK(wait_until([&] { return database.value("select count(*) from poison_candidates") == "0"; }));
}

TEST_CASE_METHOD(QuarantineFixture,
                 "a host that stopped cleanly has not crashed, even if its release is not recorded") {
  {
    HostRun stopped(database);
    stopped.redeliver(order);
    REQUIRE(stopped.handled(1));
    esteira::runtime::orders::remove_heartbeat(stopped.session, stopped.instance);
  }
  HostRun next(database);
  next.redeliver(order);
  REQUIRE(next.handled(1));
  CHECK(next.host_metrics.redelivered_by_stop.Value() == 1);
  CHECK(crash_runs() == "0");
}

TEST_CASE_METHOD(QuarantineFixture, "redeliveries without a crash never fail a message") {
  HostRun host(database);
  for (int time = 1; time <= 30; ++time) {
    host.redeliver(order);
    REQUIRE(host.handled(static_cast<std::size_t>(time)));
  }
  CHECK(host.poisoned == 0);
  CHECK(host.host_metrics.redelivered_by_crash.Value() == 0);
}

TEST_CASE_METHOD(QuarantineFixture, "a message with five crash runs is poison, and with a result it is not") {
  for (int crash = 0; crash < 5; ++crash) crash_once();
  HostRun host(database);
  host.redeliver(order);
  REQUIRE(wait_until([&] { return host.poisoned == 1; }));
  record_one(session, esteira::test::result_for(order, "enrich", "processing"));
  host.redeliver(order);
  REQUIRE(wait_until([&] { return host.recorded == 1; }));
  CHECK(host.poisoned == 1);
  CHECK(host.results.size() == 0);
}
