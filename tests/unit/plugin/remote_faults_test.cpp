// The plugin remote against a service with faults: connections that end, hang or carry too much.
#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "tests/support/http_service.hpp"
#include "tests/support/names.hpp"
#include "tests/support/tls_server.hpp"
#include "tests/support/wait.hpp"
#include "tests/unit/plugin/loaded.hpp"

namespace {

using Catch::Contains;
using esteira::Message;
using esteira::Outcome;
using esteira::test::http_response;
using esteira::test::HttpService;
using esteira::test::ServiceReply;
using esteira::test::ServiceRequest;
using esteira::test::wait_until;
using esteira::testing::PluginHarness;
using esteira::testing::sample_message;

using Stage = std::unique_ptr<PluginHarness>;

Stage stage_at(const std::string& url, std::map<std::string, std::string> settings = {}) {
  settings["URL"] = url;
  settings.try_emplace("TIMEOUT", "20s");
  return plugin_test::make("remote", settings);
}

Message order_number(std::size_t number) {
  auto message = sample_message("loyalty");
  message.order_id = "order-" + std::to_string(number);
  return message;
}

/// A response that names its order.
std::string echo(const ServiceRequest& request, const std::string& headers = "") {
  const auto order = nlohmann::json::parse(request.body).at("order_id").dump();
  return http_response(200, R"({"order":)" + order + "}", headers);
}

std::string data_of(std::size_t number) { return R"({"order":"order-)" + std::to_string(number) + "\"}"; }

/// Runs so many orders at once and returns how many were done with their own data.
std::size_t run_at_once(PluginHarness& stage, std::size_t count) {
  std::vector<std::future<Outcome>> outcomes;
  outcomes.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    outcomes.push_back(std::async(std::launch::async, [&stage, i] { return stage.run(order_number(i)); }));
  std::size_t done = 0;
  for (std::size_t i = 0; i < count; ++i) done += outcomes[i].get().data() == data_of(i) ? 1 : 0;
  return done;
}

}  // namespace

TEST_CASE("a service that closes its connection after each response loses no order") {
  const HttpService service([](const auto& request) { return ServiceReply{.bytes = echo(request), .close = true}; });
  const auto stage = stage_at(service.url());
  for (std::size_t i = 0; i < 20; ++i) CHECK(stage->run(order_number(i)).data() == data_of(i));
  CHECK(service.requests().size() == 20);
}

TEST_CASE("a request on a connection that the service has just closed is sent again") {
  // The second request of a connection gets no response.
  std::mutex mutex;
  std::map<std::size_t, int> seen;
  const HttpService service([&](const ServiceRequest& request) {
    const std::lock_guard lock(mutex);
    const bool is_second = ++seen[request.connection] == 2;
    return is_second ? ServiceReply{.close = true, .reset = request.connection % 2 == 0}
                     : ServiceReply{.bytes = echo(request)};
  });
  const auto stage = stage_at(service.url());
  for (std::size_t i = 0; i < 6; ++i) CHECK(stage->run(order_number(i)).data() == data_of(i));
  const auto requests = service.requests();
  REQUIRE(requests.size() == 11);
  CHECK(requests[1].headers.at("idempotency-key") == requests[2].headers.at("idempotency-key"));
}

TEST_CASE("the second answer to one request is not taken for the answer to the next") {
  const HttpService service([](const auto& request) { return ServiceReply{.bytes = echo(request) + echo(request)}; });
  const auto stage = stage_at(service.url());
  for (std::size_t i = 0; i < 10; ++i) CHECK(stage->run(order_number(i)).data() == data_of(i));
}

TEST_CASE("a late second answer to a request is not taken for the answer to the next") {
  const HttpService service([](const auto& request) { return ServiceReply{.bytes = echo(request)}; });
  // Between two requests a response arrives that nobody has asked for.
  const auto stage = stage_at(service.url());
  CHECK(stage->run(order_number(0)).data() == data_of(0));
  service.send_to_all(http_response(200, R"({"order":"another"})"));
  CHECK(stage->run(order_number(1)).data() == data_of(1));
}

TEST_CASE("an answer that names another request is a retry, not the data of this order") {
  const HttpService service(
      [](const auto& request) { return ServiceReply{.bytes = echo(request, "Idempotency-Key: order-9:loyalty\r\n")}; });
  const auto outcome = stage_at(service.url())->run(order_number(1));
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK_THAT(outcome.reason(), Contains("answered another request"));
}

TEST_CASE("a service that is away is a retry that names where it was looked for") {
  std::string url;
  {
    const HttpService gone([](const auto&) { return ServiceReply{}; });
    url = gone.url();
  }
  const auto outcome = stage_at(url)->run(sample_message());
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK_THAT(outcome.reason(), Contains("cannot connect to 127.0.0.1:") && Contains(": Connection refused"));
  CHECK_THAT(stage_at("unix:/nowhere/service.sock")->run(sample_message()).reason(),
             Contains("cannot connect to /nowhere/service.sock: No such file or directory"));
}

TEST_CASE("a service that dies in the middle of a response is a retry") {
  const auto* const start = GENERATE("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"a\":", "HTTP/1.1 200 OK\r\nCont",
                                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n", "");
  const bool is_reset = GENERATE(false, true);
  const HttpService service(
      [&](const auto&) { return ServiceReply{.bytes = start, .close = true, .reset = is_reset}; });
  const auto outcome = stage_at(service.url())->run(sample_message());
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK_THAT(outcome.reason(), Catch::StartsWith("the request to the service failed: "));
}

TEST_CASE("a service that hangs is a retry after the timeout, and others go on meanwhile") {
  const HttpService service([](const ServiceRequest& request) {
    const bool is_first = request.headers.at("idempotency-key") == "order-0:loyalty";
    return is_first ? ServiceReply{.hang = true} : ServiceReply{.bytes = echo(request)};
  });
  const auto stage = stage_at(service.url(), {{"TIMEOUT", "700ms"}});
  auto hanging = std::async(std::launch::async, [&] { return stage->run(order_number(0)); });
  for (std::size_t i = 1; i < 5; ++i) CHECK(stage->run(order_number(i)).data() == data_of(i));
  CHECK(hanging.get().reason() == "the request to the service failed: no response within 700 ms");
}

TEST_CASE("a service that sends its response too slowly is a retry after the timeout") {
  const HttpService service(
      [](const auto&) { return ServiceReply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"}; });
  CHECK_THAT(stage_at(service.url(), {{"TIMEOUT", "200ms"}})->run(sample_message()).reason(),
             Contains("no complete response within 200 ms"));
}

TEST_CASE("a shutdown ends the requests that wait for a remote service, queued ones too") {
  const HttpService service([](const auto&) { return ServiceReply{.hang = true}; });
  const auto stage = stage_at(service.url(), {{"TIMEOUT", "1h"}, {"MAX_CONNECTIONS", "1"}});
  std::vector<std::future<Outcome>> outcomes;
  outcomes.reserve(3);
  for (std::size_t i = 0; i < 3; ++i)
    outcomes.push_back(std::async(std::launch::async, [&, i] { return stage->run(order_number(i)); }));
  CHECK(wait_until([&] { return !service.requests().empty(); }));
  stage->context().request_stop();
  for (auto& outcome : outcomes) CHECK(outcome.get().reason() == "the host stopped during the request to the service");
}

TEST_CASE("a remote stage that is destroyed drops its requests at once") {
  const HttpService service([](const auto&) { return ServiceReply{.hang = true}; });
  esteira::testing::TestContext context;
  auto stage = stage_at(service.url(), {{"TIMEOUT", "1h"}});
  auto outcome = std::async(std::launch::async, [&] { return stage->run(sample_message(), context); });
  CHECK(wait_until([&] { return !service.requests().empty(); }));
  stage.reset();
  CHECK_THAT(outcome.get().reason(), Contains("dropped"));
}

TEST_CASE("requests beyond the connections of a remote stage wait, and lose nothing") {
  const HttpService service([](const auto& request) { return ServiceReply{.bytes = echo(request)}; });
  const auto stage = stage_at(service.url(), {{"MAX_CONNECTIONS", "3"}});
  CHECK(run_at_once(*stage, 60) == 60);
  CHECK(service.connections() <= 3);
  CHECK(service.requests().size() == 60);
}

TEST_CASE("a request that finds no free connection in its time says so") {
  const HttpService service([](const auto&) { return ServiceReply{.hang = true}; });
  esteira::testing::TestContext patient(esteira::testing::Timers::real, std::chrono::seconds(20));
  std::optional<esteira::testing::TestContext> hurried;  // outlives the stage, but its time starts later
  const auto stage = stage_at(service.url(), {{"MAX_CONNECTIONS", "1"}, {"TIMEOUT", "1h"}});
  auto first = std::async(std::launch::async, [&] { return stage->run(order_number(0), patient); });
  CHECK(wait_until([&] { return !service.requests().empty(); }));
  hurried.emplace(esteira::testing::Timers::real, std::chrono::milliseconds(300));
  const auto outcome = stage->start(order_number(1), *hurried)->wait_for(std::chrono::seconds(20));
  REQUIRE(outcome);
  CHECK(outcome->kind() == Outcome::Kind::retry);
  CHECK_THAT(outcome->reason(), Contains("none of 1 connections was free within"));
  CHECK(service.requests().size() == 1);
  patient.request_stop();
  static_cast<void>(first.get());
}

TEST_CASE("more than a hundred requests to a remote service wait at the same time") {
  constexpr std::size_t kOrders = 150;
  std::mutex mutex;
  std::condition_variable arrived;
  std::size_t waiting = 0;
  const HttpService service([&](const ServiceRequest& request) {
    std::unique_lock lock(mutex);
    ++waiting;
    arrived.notify_all();
    const bool are_all_here = arrived.wait_for(lock, std::chrono::seconds(20), [&] { return waiting == kOrders; });
    return ServiceReply{.bytes = are_all_here ? echo(request) : http_response(500)};
  });
  const auto stage = stage_at(service.url(), {{"MAX_CONNECTIONS", "200"}, {"TIMEOUT", "1m"}});
  CHECK(run_at_once(*stage, kOrders) == kOrders);
}

TEST_CASE("a remote service may listen on a Unix socket") {
  const auto path = std::filesystem::temp_directory_path() / esteira::test::unique_name("remote");
  const HttpService service([](const auto& request) { return ServiceReply{.bytes = echo(request)}; }, path);
  CHECK(stage_at("unix:" + path.string())->run(order_number(7)).data() == data_of(7));
  CHECK(stage_at("unix:" + path.string() + ":/shop/orders?x=1")->run(order_number(8)).data() == data_of(8));
  REQUIRE(service.requests().size() == 2);
  CHECK(service.requests()[0].target == "/");
  CHECK(service.requests()[1].target == "/shop/orders?x=1");
}

TEST_CASE("a remote service with TLS must have a certificate of the authority") {
  const esteira::test::TestCertificates certificates;
  const esteira::test::TlsServer server(certificates);
  const auto url = "https://127.0.0.1:" + std::to_string(server.port()) + "/orders";
  const auto reason_with = [&](const std::string& address, const std::string& ca) {
    return stage_at(address, {{"CA_FILE", certificates.path_of(ca)}, {"TIMEOUT", "2s"}})
        ->run(sample_message())
        .reason();
  };
  // The server makes the handshake and never answers.
  CHECK_THAT(reason_with(url, "ca.pem"), Contains("no response within"));
  CHECK_THAT(reason_with(url, "other-ca.pem"), Contains("certificate") && Contains("CA_FILE"));
  CHECK_THAT(reason_with("https://localhost:" + std::to_string(server.port()) + "/", "ca.pem"), Contains("localhost"));
  const esteira::test::TlsServer expired(certificates, "expired.pem");
  CHECK_THAT(reason_with("https://127.0.0.1:" + std::to_string(expired.port()) + "/", "ca.pem"), Contains("expired"));
}
