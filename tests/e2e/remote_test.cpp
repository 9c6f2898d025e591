// The plugin remote as a stage of the real pipeline: the examples of sdk/remote, and services with faults.
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/http_service.hpp"
#include "tests/support/names.hpp"
#include "tests/support/process.hpp"
#include "tests/support/wait.hpp"

namespace {

namespace fs = std::filesystem;
using esteira::test::http_response;
using esteira::test::HttpService;
using esteira::test::Pipeline;
using esteira::test::Process;
using esteira::test::ServiceReply;
using esteira::test::ServiceRequest;
using esteira::test::wait_until;

constexpr const char* kRemote = "remote";

/// A pipeline with the stage remote between process and enrich.
class RemotePipeline {
 public:
  explicit RemotePipeline(const std::string& url, Pipeline::Settings settings = {}) {
    pipeline_.start("enrich", {{"ESTEIRA_CONSUMES", "order.remote.done"}});
    settings.insert({{"REMOTE_URL", url},
                     {"ESTEIRA_CONSUMES", "order.enrichment.requested"},
                     {"ESTEIRA_PUBLISHES", "order.remote.done"}});
    pipeline_.start(kRemote, settings);
    const auto is_inserted = [this] {
      return pipeline_.database().value(
                 "select count(*) from removed_bindings where stage = 'enrich' "
                 "and routing_key = 'order.enrichment.requested'") == "1";
    };
    if (!wait_until(is_inserted)) throw std::runtime_error("the stage remote was not inserted");
  }
  ~RemotePipeline() {
    pipeline_.program(kRemote).signal(SIGKILL);
    pipeline_.program(kRemote).wait();
    for (const auto* suffix : {"", ".dead", ".retry.50", ".retry.100", ".retry.200"})
      pipeline_.broker().remove_queue(pipeline_.queue(kRemote) + suffix);
  }
  RemotePipeline(const RemotePipeline&) = delete;
  RemotePipeline& operator=(const RemotePipeline&) = delete;

  Pipeline* operator->() { return &pipeline_; }

  /// Places an order of two pieces at 10.50 each.
  std::string place(const std::string& sku) {
    const auto answer =
        pipeline_.post(R"({"customer_id":"123","items":[{"sku":")" + sku + R"(","qty":2,"unit_price":"10.50"}]})");
    if (answer.status != 202) throw std::runtime_error("not accepted: " + answer.body);
    return nlohmann::json::parse(answer.body).at("order_id");
  }

  /// What the timeline says about the stage remote: "retry, retry, done".
  std::string outcomes(const std::string& order) {
    return pipeline_.database().value(
        "select string_agg(outcome, ', ' order by created_at) from order_events where stage = 'remote' "
        "and order_id = '" +
        order + "'");
  }

  nlohmann::json data(const std::string& order) { return pipeline_.order(order).at("enrichments").at(kRemote); }

 private:
  Pipeline pipeline_;
};

/// An example of sdk/remote that runs.
class Example {
 public:
  explicit Example(const std::string& program, std::vector<std::string> arguments, const std::string& port = "0") {
    arguments.push_back(port);
    process_ = std::make_unique<Process>(program, arguments, std::map<std::string, std::string>{});
    const auto is_listening = [this] { return process_->output().find("/\n") != std::string::npos; };
    if (!wait_until(is_listening)) throw std::runtime_error("the example does not listen: " + process_->output());
    const auto output = process_->output();
    const auto start = output.find("http://");
    url_ = output.substr(start, output.find('\n', start) - start);
  }
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::string port() const {
    const auto colon = url_.rfind(':');
    return url_.substr(colon + 1, url_.size() - colon - 2);
  }
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }

 private:
  std::unique_ptr<Process> process_;
  std::string url_;
};

fs::path example_path(const std::string& name) { return esteira::test::source_dir() / "sdk" / "remote" / name; }

Example python_example(const std::string& port = "0") {
  return Example("/usr/bin/python3", {example_path("loyalty.py")}, port);
}

void check_example(const Example& example) {
  Process check(esteira::test::build_dir() / "bin" / "esteira", {"remote", "check", example.url()}, {});
  CHECK(check.wait() == 0);
  INFO(check.output());
  CHECK(check.output().find("note") == std::string::npos);
  RemotePipeline pipeline(example.url());
  const auto earns = pipeline.place("ABC");
  const auto refused = pipeline.place("NO-POINTS");
  REQUIRE(pipeline->reaches(earns, "completed"));
  CHECK(pipeline.data(earns) == nlohmann::json{{"points", 21}});
  CHECK(pipeline.outcomes(earns) == "done");
  REQUIRE(pipeline->reaches(refused, "failed"));
  CHECK(pipeline->order(refused).at("failure_reason") == "NO-POINTS earns no points");
  CHECK(pipeline.outcomes(refused) == "failed");
}

/// A response whose data is the order's id.
std::string own_data(const ServiceRequest& request) {
  const auto order = nlohmann::json::parse(request.body).at("order_id").dump();
  return http_response(200, R"({"order":)" + order + "}");
}

/// What a service does to the first attempt of an order with that SKU.
ServiceReply fault_of(const std::string& sku, const ServiceRequest& request) {
  static const std::map<std::string, ServiceReply> faults{
      {"DIES", {.reset = true}},
      {"CUT-OFF", {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"order\":", .close = true}},
      {"NONSENSE", {.bytes = "hello\r\n\r\n"}},
      {"NO-JSON", {.bytes = http_response(200, "<html>")}},
      {"HANGS", {.hang = true}},
      {"BUSY", {.bytes = http_response(503, "", "Retry-After: 0\r\n")}},
      {"BROKEN", {.bytes = http_response(500)}},
  };
  const auto found = faults.find(sku);
  return found == faults.end() ? ServiceReply{.bytes = own_data(request)} : found->second;
}

}  // namespace

TEST_CASE("the Python example of a remote stage works in the pipeline") { check_example(python_example()); }

TEST_CASE("the TypeScript example of a remote stage works in the pipeline") {
  const auto script = fs::temp_directory_path() / (esteira::test::unique_name("loyalty") + ".cjs");
  Process esbuild("esbuild", {example_path("loyalty.ts"), "--format=cjs", "--outfile=" + script.string()}, {});
  INFO(esbuild.output());
  REQUIRE(esbuild.wait() == 0);
  check_example(Example("node", {script}));
  fs::remove(script);
}

TEST_CASE("each fault of a remote service is a retry, and each order gets its own data once") {
  const HttpService service([](const ServiceRequest& request) {
    const std::string sku = nlohmann::json::parse(request.body).at("items").at(0).at("sku");
    if (request.headers.at("esteira-attempt") == "1") return fault_of(sku, request);
    return ServiceReply{.bytes = own_data(request)};
  });
  // The faults are of chosen orders, and most orders have one: for a circuit breaker that is an outage.
  RemotePipeline pipeline(service.url(), {{"REMOTE_TIMEOUT", "1s"}, {"ESTEIRA_BREAKER", "off"}});
  std::map<std::string, std::string> orders;
  for (int round = 0; round < 5; ++round) {
    for (const auto* sku : {"DIES", "CUT-OFF", "NONSENSE", "NO-JSON", "HANGS", "BUSY", "BROKEN", "WORKS"})
      orders[pipeline.place(sku)] = sku;
  }
  for (const auto& [order, sku] : orders) {
    INFO(sku);
    REQUIRE(pipeline->reaches(order, "completed"));
    CHECK(pipeline.data(order) == nlohmann::json{{"order", order}});
    CHECK(pipeline.outcomes(order) == (sku == "WORKS" ? "done" : "retry, done"));
  }
}

TEST_CASE("a remote service that says not yet is asked again without using an attempt") {
  std::mutex mutex;
  std::map<std::string, int> looks;
  const HttpService service([&](const ServiceRequest& request) {
    const std::lock_guard lock(mutex);
    const bool is_first = ++looks[request.headers.at("idempotency-key")] == 1;
    if (request.headers.at("esteira-attempt") != "1") return ServiceReply{.bytes = http_response(500)};
    return ServiceReply{.bytes = is_first ? http_response(202, "", "Retry-After: 0\r\n") : own_data(request)};
  });
  RemotePipeline pipeline(service.url());
  std::vector<std::string> orders;
  orders.reserve(5);
  for (int i = 0; i < 5; ++i) orders.push_back(pipeline.place("ABC"));
  for (const auto& order : orders) {
    REQUIRE(pipeline->reaches(order, "completed"));
    CHECK(pipeline.data(order) == nlohmann::json{{"order", order}});
    CHECK(pipeline.outcomes(order) == "snooze, done");
  }
}

TEST_CASE("a remote service that closes its connections or answers twice costs no attempt and mixes up no orders") {
  // Of six requests, the third response ends its connection and the sixth comes twice.
  std::atomic<int> count = 0;
  const HttpService service([&](const ServiceRequest& request) {
    const int number = ++count % 6;
    const auto bytes = own_data(request);
    return ServiceReply{.bytes = number == 0 ? bytes + bytes : bytes, .close = number == 3};
  });
  RemotePipeline pipeline(service.url(), {{"REMOTE_MAX_CONNECTIONS", "4"}});
  std::vector<std::string> orders;
  orders.reserve(100);
  for (int i = 0; i < 100; ++i) orders.push_back(pipeline.place("ABC"));
  for (const auto& order : orders) {
    REQUIRE(pipeline->reaches(order, "completed"));
    CHECK(pipeline.data(order) == nlohmann::json{{"order", order}});
    CHECK(pipeline.outcomes(order) == "done");
  }
}

TEST_CASE("orders wait for a remote service that is killed, and complete when it is back") {
  auto service = std::make_unique<Example>(python_example());
  const auto port = service->port();
  RemotePipeline pipeline(service->url(), {{"ESTEIRA_RETRY_DELAYS",
                                            "200ms,200ms,200ms,200ms,200ms,200ms,200ms,200ms"
                                            ",200ms,200ms,200ms,200ms,200ms,200ms,200ms,200ms"},
                                           {"ESTEIRA_BREAKER_WAIT", "200ms"}});
  std::vector<std::string> orders;
  orders.reserve(20);
  for (int i = 0; i < 10; ++i) orders.push_back(pipeline.place("ABC"));
  service->kill();
  for (int i = 0; i < 10; ++i) orders.push_back(pipeline.place("ABC"));
  const auto retries = [&] {
    return pipeline->database().value("select count(*) from order_events where stage = 'remote' and outcome = 'retry'");
  };
  CHECK(wait_until([&] { return retries() != "0"; }));
  service = std::make_unique<Example>(python_example(port));
  for (const auto& order : orders) {
    REQUIRE(pipeline->reaches(order, "completed"));
    CHECK(pipeline.data(order) == nlohmann::json{{"points", 21}});
  }
  CHECK(pipeline->database().value("select count(*) from order_events where stage = 'remote' and outcome = 'done'") ==
        std::to_string(orders.size()));
}
