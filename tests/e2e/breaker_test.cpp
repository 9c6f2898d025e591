// The circuit breaker and the pause of a stage in the real pipeline, with a dependency that is down for a while.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <vector>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/http_service.hpp"
#include "tests/support/names.hpp"
#include "tests/support/process.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/wait.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using esteira::test::http_request;
using esteira::test::http_response;
using esteira::test::HttpService;
using esteira::test::Pipeline;
using esteira::test::Process;
using esteira::test::ServiceReply;
using esteira::test::ServiceRequest;
using esteira::test::wait_until;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLong = 60s;

/// A supplier over HTTP that a test breaks and mends.
class Dependency {
 public:
  enum class Mode { works, broken, hangs, busy, one_by_one };

  explicit Dependency(Mode mode) : mode_(mode), service_([this](const ServiceRequest&) { return reply(); }) {}

  void set(Mode mode) { mode_ = mode; }
  [[nodiscard]] std::string url() const { return service_.url(); }
  [[nodiscard]] std::size_t requests() const { return service_.requests().size(); }
  /// Whether more requests ran at once than had been answered before.
  [[nodiscard]] bool was_overrun() const { return overrun_; }
  [[nodiscard]] std::vector<Clock::time_point> busy_times() {
    const std::lock_guard lock(mutex_);
    return busy_times_;
  }

 private:
  ServiceReply reply() {
    switch (mode_.load()) {
      case Mode::hangs:
        return {.hang = true};
      case Mode::broken:
        return {.bytes = http_response(500)};
      case Mode::busy: {
        const std::lock_guard lock(mutex_);
        busy_times_.push_back(Clock::now());
        return {.bytes = http_response(429, "", "Retry-After: 2\r\n")};
      }
      case Mode::one_by_one: {
        const std::lock_guard lock(mutex_);
        std::this_thread::sleep_for(20ms);
        return {.bytes = http_response(200, R"({"score":1})")};
      }
      case Mode::works:
        break;
    }
    if (++running_ > std::max(1, answered_.load())) overrun_ = true;
    std::this_thread::sleep_for(5ms);
    --running_;
    ++answered_;
    return {.bytes = http_response(200, R"({"score":1})")};
  }

  std::atomic<Mode> mode_;
  std::atomic<int> running_ = 0;
  std::atomic<int> answered_ = 0;
  std::atomic<bool> overrun_ = false;
  std::mutex mutex_;
  std::vector<Clock::time_point> busy_times_;
  HttpService service_;
};

Pipeline::Settings with_supplier(const Dependency& dependency, const Pipeline::Settings& more = {}) {
  Pipeline::Settings settings{
      {"ENRICH_URL", dependency.url()}, {"ENRICH_DELAY", ""}, {"enrich/ESTEIRA_BREAKER_WAIT", "200ms"}};
  settings.insert(more.begin(), more.end());
  return settings;
}

/// Runs the blocking probe plugin as the stage enrich. It has an outage while the file exists.
Pipeline::Settings with_probe(const fs::path& outage) {
  return {{"enrich/ESTEIRA_PLUGIN", "probe"},
          {"enrich/ESTEIRA_PLUGIN_DIR", esteira::test::build_dir() / "tests" / "plugins"},
          {"enrich/ESTEIRA_STAGE", "enrich"},
          {"enrich/ESTEIRA_CONSUMES", "order.enrichment.requested"},
          {"enrich/ESTEIRA_PUBLISHES", "order.enriched"},
          {"enrich/ESTEIRA_RETRY_DELAYS", "1s,1s"},
          {"enrich/ESTEIRA_BREAKER_WAIT", "200ms"},
          {"ENRICH_DELAY", ""},
          {"ENRICH_OUTAGE", outage}};
}

/// A pipeline whose stage enrich has a retry queue of its own, which goes with it.
class BreakerPipeline {
 public:
  explicit BreakerPipeline(Pipeline::Settings settings) : pipeline_(std::move(settings)) {}
  ~BreakerPipeline() {
    for (const auto& host : hosts_) {
      pipeline_.program(host).signal(SIGKILL);
      pipeline_.program(host).wait();
    }
    pipeline_.broker().remove_queue(pipeline_.queue("enrich") + ".retry.1000");
  }
  BreakerPipeline(const BreakerPipeline&) = delete;
  BreakerPipeline& operator=(const BreakerPipeline&) = delete;

  operator Pipeline&() { return pipeline_; }  // NOLINT(google-explicit-constructor): it is a pipeline
  Pipeline* operator->() { return &pipeline_; }

  void start(const std::string& host) {
    hosts_.push_back(host);
    pipeline_.start(host);
  }

  std::vector<std::string> place(int count, const std::string& sku = "ABC") {
    std::vector<std::string> ids;
    ids.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) ids.push_back(pipeline_.place({sku}));
    return ids;
  }

  /// Places orders while the stage has no host, so that they fail at once and not one after the other.
  std::vector<std::string> place_backlog(int count, const std::string& sku = "ABC") {
    pipeline_.program("enrich").signal(SIGTERM);
    REQUIRE(pipeline_.program("enrich").wait(kLong) == 0);
    auto ids = place(count, sku);
    REQUIRE(wait_until([&] { return pipeline_.broker().count(pipeline_.queue("enrich")) == ids.size(); }, kLong));
    pipeline_.start("enrich");
    return ids;
  }

 private:
  Pipeline pipeline_;
  std::vector<std::string> hosts_{"enrich"};
};

std::string count_of(Pipeline& pipeline, const std::string& rows) {
  return pipeline.database().value("select count(*) from " + rows);
}

double breaker_metric(Pipeline& pipeline, const std::string& series, const std::string& host = "enrich") {
  const auto body = http_request(pipeline.port(host), "GET", "/metrics").body;
  const auto found = body.find("\n" + series + " ");
  return found == std::string::npos ? -1 : std::stod(body.substr(found + series.size() + 2));
}

constexpr const char* kState = "esteira_breaker_state{stage=\"enrich\"}";
constexpr const char* kHeld = "esteira_held_messages{stage=\"enrich\"}";
constexpr const char* kPaused = "esteira_stage_paused{stage=\"enrich\"}";
constexpr const char* kFailedProbes = "esteira_breaker_probes_total{outcome=\"failed\",stage=\"enrich\"}";
constexpr const char* kOpened = "esteira_breaker_transitions_total{stage=\"enrich\",to=\"open\"}";

bool await_metric(Pipeline& pipeline, const std::string& series, double at_least, const std::string& host = "enrich") {
  return wait_until([&] { return breaker_metric(pipeline, series, host) >= at_least; }, kLong);
}

/// Every order is completed, each effect is there once, and only `retries` attempts failed.
void check_completed(Pipeline& pipeline, const std::vector<std::string>& ids, const std::string& retries) {
  CHECK(pipeline.all_reach(ids, "completed"));
  CHECK(count_of(pipeline, "order_events where outcome = 'retry'") == retries);
  CHECK(count_of(pipeline, "order_events where outcome = 'failed'") == "0");
  CHECK(count_of(pipeline, "order_events where stage = 'enrich' and outcome = 'done'") == std::to_string(ids.size()));
}

/// Runs the command line tool; returns its exit code and output.
std::pair<int, std::string> run_cli(Pipeline& pipeline, const std::vector<std::string>& arguments) {
  Process command(esteira::test::build_dir() / "bin" / "esteira", arguments,
                  {{"DATABASE_URL", pipeline.database().url()},
                   {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
                   {"ESTEIRA_EXCHANGE", pipeline.exchange()},
                   {"ESTEIRA_RETRY_DELAYS", "50ms,100ms"}});
  const auto code = command.wait(kLong);
  return {code.value_or(-1), command.output()};
}

/// Makes an outage of the blocking probe until it is destroyed.
class OutageFile {
 public:
  OutageFile() { std::ofstream(path_) << "down"; }
  ~OutageFile() { fs::remove(path_); }
  OutageFile(const OutageFile&) = delete;
  OutageFile& operator=(const OutageFile&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }
  void end() const { fs::remove(path_); }

 private:
  const fs::path path_ = fs::temp_directory_path() / esteira::test::unique_name("outage");
};

}  // namespace

TEST_CASE("a supplier that is down under load costs no order, and no attempt but those that open the breaker") {
  Dependency supplier(Dependency::Mode::broken);
  BreakerPipeline pipeline(with_supplier(supplier));
  const auto ids = pipeline.place_backlog(100);
  REQUIRE(await_metric(pipeline, kHeld, 99));  // all but the probe
  REQUIRE(await_metric(pipeline, kFailedProbes, 3));
  CHECK(count_of(pipeline, "order_events where outcome = 'retry'") == "10");
  const auto ready = http_request(pipeline->port("enrich"), "GET", "/readyz");
  CHECK(ready.status == 200);
  CHECK_THAT(ready.body, Contains("\"breaker\":\"open") || Contains("\"breaker\":\"half-open"));
  CHECK(wait_until([&] { return run_cli(pipeline, {"stage", "list"}).second.find(" open ") != std::string::npos; }));
  CHECK(run_cli(pipeline, {"audit", "--grace-period", "1s"}).first == 0);
  supplier.set(Dependency::Mode::works);
  check_completed(pipeline, ids, "10");
  CHECK_FALSE(supplier.was_overrun());
  CHECK(breaker_metric(pipeline, kState) == 0);
  CHECK(wait_until([&] { return breaker_metric(pipeline, kHeld) == 0; }));
  CHECK(breaker_metric(pipeline, "esteira_breaker_open_seconds_total{stage=\"enrich\"}") > 0);
  CHECK_THAT(pipeline->program("enrich").output(), Contains("10 failures in a row"));
}

TEST_CASE("a supplier that comes back with little capacity gets no more requests at once than it answers in time") {
  Dependency supplier(Dependency::Mode::broken);
  BreakerPipeline pipeline(with_supplier(supplier, {{"ENRICH_TIMEOUT", "2s"}}));
  const auto ids = pipeline.place_backlog(300);  // six seconds of its work
  REQUIRE(await_metric(pipeline, kFailedProbes, 1));
  supplier.set(Dependency::Mode::one_by_one);
  check_completed(pipeline, ids, "10");
  CHECK(breaker_metric(pipeline, kOpened) == 1 + breaker_metric(pipeline, kFailedProbes));
}

TEST_CASE("a blocking stage whose dependency is down starts nothing and goes on by itself") {
  const OutageFile outage;
  BreakerPipeline pipeline(with_probe(outage.path()));
  const auto ids = pipeline.place_backlog(60, "OUTAGE");
  REQUIRE(await_metric(pipeline, kHeld, 59));
  REQUIRE(await_metric(pipeline, kFailedProbes, 3));
  CHECK(count_of(pipeline, "order_events where outcome = 'retry'") == "10");
  outage.end();
  check_completed(pipeline, ids, "10");
}

TEST_CASE("a supplier that hangs opens the breaker, and a probe that hangs ends at the handler's time limit") {
  Dependency supplier(Dependency::Mode::hangs);
  BreakerPipeline pipeline(
      with_supplier(supplier, {{"ENRICH_TIMEOUT", "1m"}, {"enrich/ESTEIRA_HANDLER_TIMEOUT", "300ms"}}));
  const auto ids = pipeline.place_backlog(30);
  REQUIRE(await_metric(pipeline, kFailedProbes, 3));
  CHECK(count_of(pipeline, "order_events where outcome = 'retry'") == "10");
  supplier.set(Dependency::Mode::works);
  check_completed(pipeline, ids, "10");
}

TEST_CASE("the delay that a busy supplier asks for is kept by its order and by the next probe") {
  Dependency supplier(Dependency::Mode::busy);
  BreakerPipeline pipeline(with_supplier(supplier, {{"enrich/ESTEIRA_PLUGIN", "remote"},
                                                    {"enrich/ESTEIRA_STAGE", "enrich"},
                                                    {"enrich/ESTEIRA_CONSUMES", "order.enrichment.requested"},
                                                    {"enrich/ESTEIRA_PUBLISHES", "order.enriched"},
                                                    {"ENRICH_TIMEOUT", "5s"}}));
  const auto ids = pipeline.place_backlog(30);
  REQUIRE(await_metric(pipeline, kFailedProbes, 2));
  supplier.set(Dependency::Mode::works);
  check_completed(pipeline, ids, "10");
  const auto times = supplier.busy_times();
  REQUIRE(times.size() >= 12);
  for (auto i = times.size() - 2; i < times.size(); ++i) CHECK(times[i] - times[i - 1] >= 2s);
}

TEST_CASE("a host that is killed while its breaker is open loses no order") {
  Dependency supplier(Dependency::Mode::broken);
  // The next host runs them one after the other: the first one's retry must not come before the tenth has failed.
  BreakerPipeline pipeline(with_supplier(supplier, {{"enrich/ESTEIRA_RETRY_DELAYS", "1s,1s,1s"}}));
  const auto ids = pipeline.place_backlog(40);
  REQUIRE(await_metric(pipeline, kHeld, 39));
  pipeline->program("enrich").signal(SIGKILL);
  REQUIRE(pipeline->program("enrich").wait() == 128 + SIGKILL);
  pipeline->start("enrich");
  REQUIRE(await_metric(pipeline, kOpened, 2));
  supplier.set(Dependency::Mode::works);
  check_completed(pipeline, ids, "20");
}

TEST_CASE("a host stops in time while its breaker is open, and its messages wait for the next one") {
  Dependency supplier(Dependency::Mode::broken);
  BreakerPipeline pipeline(with_supplier(supplier, {{"ESTEIRA_SHUTDOWN_TIMEOUT", "3s"}}));
  const auto ids = pipeline.place_backlog(40);
  REQUIRE(await_metric(pipeline, kHeld, 39));
  pipeline->program("enrich").signal(SIGTERM);
  REQUIRE(pipeline->program("enrich").wait(10s) == 0);
  supplier.set(Dependency::Mode::works);
  pipeline->start("enrich");
  check_completed(pipeline, ids, "10");
}

TEST_CASE("messages that are held for too long wait in the database and use no attempt") {
  Dependency supplier(Dependency::Mode::broken);
  BreakerPipeline pipeline(with_supplier(supplier, {{"enrich/ESTEIRA_HOLD_LIMIT", "1s"}}));
  const auto ids = pipeline.place_backlog(30);
  const auto held = "order_events where outcome = 'snooze' and attempt <= 2 and detail like 'held while the circuit%'";
  REQUIRE(wait_until([&] { return std::stoi(count_of(pipeline, held)) >= 29; }, kLong));
  CHECK(run_cli(pipeline, {"audit", "--grace-period", "1s"}).first == 0);
  supplier.set(Dependency::Mode::works);
  check_completed(pipeline, ids, "10");
  CHECK(wait_until([&] { return count_of(pipeline, "scheduled_messages") == "0"; }, kLong));
}

TEST_CASE("an order that waits for a paused stage is cancelled without a run") {
  Dependency supplier(Dependency::Mode::works);
  BreakerPipeline pipeline(with_supplier(supplier));
  CHECK(run_cli(pipeline, {"stage", "pause", "enrich"}).first == 0);
  REQUIRE(await_metric(pipeline, kPaused, 1));
  const auto ids = pipeline.place(2);
  REQUIRE(await_metric(pipeline, kHeld, 2));
  const auto answer = http_request(pipeline->port("api"), "POST", "/orders/" + ids.front() + "/cancel", "",
                                   {esteira::test::Programs::authorization()});
  CHECK(answer.status == 202);
  CHECK(pipeline->reaches(ids.front(), "cancelled"));
  CHECK(supplier.requests() == 0);
  CHECK(run_cli(pipeline, {"stage", "resume", "enrich"}).first == 0);
  check_completed(pipeline, {ids.back()}, "0");
}

TEST_CASE("a paused stage starts nothing on any of its hosts until it is resumed") {
  Dependency supplier(Dependency::Mode::works);
  BreakerPipeline pipeline(with_supplier(supplier));
  pipeline.start("enrich-2");
  CHECK(run_cli(pipeline, {"stage", "pause", "enrich", "--reason", "maintenance"}).first == 0);
  for (const auto* host : {"enrich", "enrich-2"}) REQUIRE(await_metric(pipeline, kPaused, 1, host));
  const auto ids = pipeline.place(20);
  REQUIRE(wait_until(
      [&] { return breaker_metric(pipeline, kHeld, "enrich") + breaker_metric(pipeline, kHeld, "enrich-2") == 20; }));
  pipeline.start("enrich-3");  // it begins paused
  CHECK(breaker_metric(pipeline, kPaused, "enrich-3") == 1);
  CHECK(supplier.requests() == 0);
  const auto ready = http_request(pipeline->port("enrich"), "GET", "/readyz");
  CHECK(ready.status == 200);
  CHECK_THAT(ready.body, Contains("the stage is paused: maintenance"));
  CHECK_THAT(run_cli(pipeline, {"stage", "list"}).second,
             Contains("enrich is paused since") && Contains("maintenance"));
  CHECK(run_cli(pipeline, {"audit", "--grace-period", "1s"}).first == 0);
  CHECK(run_cli(pipeline, {"stage", "resume", "enrich"}).first == 0);
  check_completed(pipeline, ids, "0");
}
