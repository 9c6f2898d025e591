// The plugin remote against a scripted service: requests, responses and outcomes.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/http_service.hpp"
#include "tests/support/names.hpp"
#include "tests/unit/plugin/loaded.hpp"

namespace {

using Catch::Contains;
using Catch::StartsWith;
using esteira::Money;
using esteira::Outcome;
using esteira::test::http_response;
using esteira::test::HttpService;
using esteira::test::ServiceReply;
using esteira::testing::sample_message;

/// A service that answers each request with these bytes.
HttpService::Handler always(const std::string& bytes) {
  return [bytes](const auto&) { return ServiceReply{.bytes = bytes}; };
}

std::unique_ptr<esteira::testing::PluginHarness> remote_stage(std::map<std::string, std::string> settings) {
  settings.try_emplace("TIMEOUT", "20s");
  return plugin_test::make("remote", settings);
}

Outcome outcome_for(const std::string& bytes) {
  const HttpService service(always(bytes));
  return remote_stage({{"URL", service.url()}})->run(sample_message("loyalty"));
}

/// A file that is removed at the end.
class TextFile {
 public:
  explicit TextFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / esteira::test::unique_name("remote")) {
    write(text);
  }
  ~TextFile() { std::filesystem::remove(path_); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  void write(const std::string& text) const { std::ofstream(path_) << text; }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  const std::filesystem::path path_;
};

constexpr const char* kProblem = "Content-Type: application/problem+json\r\n";

}  // namespace

TEST_CASE("remote posts the whole message as JSON, with every number as it is") {
  const HttpService service(always(http_response(204)));
  auto message = sample_message("loyalty");
  message.customer_id = "zoë \"\\\n\xF0\x9F\x98\x80";
  message.items.push_back({"NO-PRICE", 3, {}});
  message.total = Money{123456789012};
  message.data = {{"enrich", R"({"n":12345678901234567890123,"huge":1e350})"}, {"fraud", "{}"}};
  message.attempt = 4;
  message.redrive = 2;
  CHECK(remote_stage({{"URL", service.url()}})->run(message).kind() == Outcome::Kind::done);
  REQUIRE(service.requests().size() == 1);
  CHECK(
      service.requests().front().body ==
      R"({"order_id":"5f2b8c1e-7d43-4a96-9a57-0c1d2e3f4a5b","workflow":"orders","customer_id":"zoë \"\\\n)"
      "\xF0\x9F\x98\x80"
      R"(","items":[{"sku":"ABC","qty":2,"unit_price":"10.50"},{"sku":"XYZ","qty":1,"unit_price":"0.99"},)"
      R"({"sku":"NO-PRICE","qty":3}],"total":"1234567890.12",)"
      R"("data":{"enrich":{"n":12345678901234567890123,"huge":1e350},"fraud":{}},"stage":"loyalty","attempt":4,"redrive":2})");
}

TEST_CASE("the schema of remote messages has exactly the members of a message") {
  const HttpService service(always(http_response(204)));
  auto message = sample_message("loyalty");
  message.total = Money{1};
  const auto stage = remote_stage({{"URL", service.url()}});
  static_cast<void>(stage->run(message));
  message.total.reset();
  static_cast<void>(stage->run(message));
  std::ifstream file(esteira::test::source_dir() / "sdk" / "remote" / "message.schema.json");
  const auto schema = nlohmann::json::parse(file);
  std::set<std::string> known;
  for (const auto& [name, rules] : schema.at("properties").items()) known.insert(name);
  const auto members_of = [&](std::size_t request) {
    std::set<std::string> members;
    const auto body = nlohmann::json::parse(service.requests().at(request).body);
    for (const auto& [name, value] : body.items()) members.insert(name);
    return members;
  };
  CHECK(members_of(0) == known);
  CHECK(members_of(1) == schema.at("required").get<std::set<std::string>>());
}

TEST_CASE("remote sends idempotency key, trace, attempt and the time that is left") {
  const HttpService service(always(http_response(204)));
  auto message = sample_message("loyalty");
  message.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  message.attempt = 2;
  static_cast<void>(remote_stage({{"URL", service.url()}, {"TIMEOUT", "7s"}})->run(message));
  REQUIRE(service.requests().size() == 1);
  auto request = service.requests().front();
  CHECK(request.target == "/orders");
  CHECK(request.headers["content-type"] == "application/json");
  CHECK(request.headers["idempotency-key"] == message.idempotency_key());
  CHECK(request.headers["traceparent"] == message.traceparent);
  CHECK(request.headers["esteira-attempt"] == "2");
  CHECK(request.headers["esteira-deadline"] == "7000");
  CHECK(request.headers.count("authorization") == 0);
  CHECK(request.headers.count("expect") == 0);
}

TEST_CASE("the deadline of a remote request is never later than that of the handler") {
  const HttpService service(always(http_response(204)));
  esteira::testing::TestContext context(esteira::testing::Timers::real, std::chrono::seconds(5));
  const auto stage = remote_stage({{"URL", service.url()}, {"TIMEOUT", "1h"}});
  static_cast<void>(stage->run(sample_message("loyalty"), context));
  REQUIRE(service.requests().size() == 1);
  auto request = service.requests().front();
  const auto left = std::stol(request.headers["esteira-deadline"]);
  CHECK(left > 0);
  CHECK(left <= 5000);
}

TEST_CASE("a response of 200 is done with its body as the data, unchanged") {
  const std::string body = R"( {"n": 12345678901234567890123, "huge": 1e350} )";
  const auto outcome = outcome_for(http_response(200, body));
  CHECK(outcome.kind() == Outcome::Kind::done);
  CHECK(outcome.data() == body);
  CHECK_FALSE(outcome.total());
  CHECK(outcome.routing_key().empty());
}

TEST_CASE("a remote stage may set the total and the routing key with headers") {
  const std::string headers = "esteira-total: 12.5\r\nEsteira-Routing-Key:order.detour\r\n";
  for (const auto& response : {http_response(200, "{}", headers), http_response(204, "", headers)}) {
    const auto outcome = outcome_for(response);
    CHECK(outcome.kind() == Outcome::Kind::done);
    CHECK(outcome.total() == Money{1250});
    CHECK(outcome.routing_key() == "order.detour");
  }
}

TEST_CASE("a response of 204 is done without data") {
  const auto outcome = outcome_for(http_response(204));
  CHECK(outcome.kind() == Outcome::Kind::done);
  CHECK(outcome.data().empty());
}

TEST_CASE("a problem of 422 fails the order with its detail") {
  const auto [body, reason] = GENERATE(table<std::string, std::string>({
      {R"({"title":"No stock","detail":"ABC is\nsold out"})", "ABC is sold out"},
      {R"({"title":"No stock"})", "No stock"},
      {R"({"detail":7})", "the service refused the order without a reason"},
  }));
  const auto outcome = outcome_for(http_response(422, body, kProblem));
  CHECK(outcome.kind() == Outcome::Kind::fail);
  CHECK(outcome.reason() == reason);
}

TEST_CASE("a 422 that is no problem of the service is a retry") {
  CHECK_THAT(outcome_for(http_response(422, R"({"detail":"no body"})", "Content-Type: application/json\r\n")).reason(),
             Contains("another content type than application/problem+json"));
  const auto outcome = outcome_for(http_response(422, "nonsense", kProblem));
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK_THAT(outcome.reason(), Contains("not a JSON object"));
}

TEST_CASE("Retry-After is the delay of 429, 503 and 202, in seconds or as a date") {
  const auto status = GENERATE(429, 503, 202);
  const auto [header, delay] = GENERATE(table<std::string, std::chrono::seconds>({
      {"Retry-After: 120\r\n", std::chrono::seconds(120)},
      {"Retry-After: 0\r\n", std::chrono::seconds(0)},
      {"Retry-After: 99999999999999999999\r\n", std::chrono::hours(365 * 24)},
      {"Date: Sun, 29 Nov 2026 10:00:00 GMT\r\nRetry-After: Sun, 29 Nov 2026 10:01:30 GMT\r\n",
       std::chrono::seconds(90)},
      {"Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", std::chrono::seconds(0)},
  }));
  const auto outcome = outcome_for(http_response(status, "", header));
  INFO(header);
  CHECK(outcome.kind() == (status == 202 ? Outcome::Kind::snooze : Outcome::Kind::retry));
  CHECK(outcome.delay() == delay);
  CHECK_THAT(outcome.reason(), Contains("the service answered " + std::to_string(status)));
}

TEST_CASE("a 429, 503 or 202 without a valid Retry-After is a retry without a delay of its own") {
  const auto status = GENERATE(429, 503, 202);
  for (const auto* header : {"", "Retry-After: soon\r\n", "Retry-After: -5\r\n", "Retry-After: 1.5\r\n"}) {
    const auto outcome = outcome_for(http_response(status, "", header));
    CHECK(outcome.kind() == Outcome::Kind::retry);
    CHECK_FALSE(outcome.delay());
    CHECK_THAT(outcome.reason(), Contains("Retry-After"));
  }
}

TEST_CASE("any other response of a service is a retry that says what it was") {
  const auto [response, reason] = GENERATE(table<std::string, std::string>({
      {http_response(500), "the service answered 500"},
      {http_response(500, R"({"detail":"the database is away"})", kProblem),
       "the service answered 500: the database is away"},
      {http_response(404), "the service answered 404"},
      {http_response(201, "{}"), "the service answered 201"},
      {http_response(302, "", "Location: http://other/\r\n"),
       "the service answered 302, a redirection to http://other/; redirections are not followed"},
      {http_response(200, "[1]"), "the service answered 200 without a JSON object"},
      {http_response(200), "the service answered 200 without a JSON object"},
      {http_response(200, "{}", "Esteira-Total: many\r\n"),
       R"(Esteira-Total should be an amount such as 12.50, it is "many")"},
      {http_response(200, "{}", "Esteira-Total: 1.00\r\nEsteira-Total: 2.00\r\n"),
       R"(Esteira-Total should be an amount such as 12.50, it is "1.00, 2.00")"},
      {http_response(204, "", "Esteira-Routing-Key: Order Detour\r\n"),
       R"(Esteira-Routing-Key should be [a-z0-9._-]+, it is "Order Detour")"},
      {http_response(204, "", "Idempotency-Key: other:loyalty\r\n"),
       "the service answered another request: its Idempotency-Key is other:loyalty"},
      {"nonsense\r\n\r\n", "the request to the service failed: the response is not HTTP/1.1"},
      {"HTTP/1.1 abc\r\n\r\n", "the request to the service failed: the response is not HTTP/1.1"},
  }));
  const auto outcome = outcome_for(response);
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK(outcome.reason() == reason);
}

TEST_CASE("interim responses and trailers do not change the outcome of a response") {
  const auto outcome = outcome_for(
      "HTTP/1.1 103 Early\r\nEsteira-Total: 1.00\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Esteira-Total\r\n\r\n"
      "2\r\n{}\r\n0\r\nEsteira-Total: 2.00\r\n\r\n");
  CHECK(outcome.data() == "{}");
  CHECK_FALSE(outcome.total());
}

TEST_CASE("a response beyond the limits is a retry") {
  const auto large_body = outcome_for(http_response(200, R"({"a":")" + std::string(1'100'000, 'x') + "\"}"));
  CHECK(large_body.reason() == "the request to the service failed: the response is larger than 1024 KiB");
  std::string lines;
  for (int i = 0; i < 400; ++i) lines += "X-Filler: " + std::string(100, 'x') + "\r\n";
  CHECK(outcome_for(http_response(200, "{}", lines)).reason() ==
        "the request to the service failed: the head of the response is larger than 32 KiB");
}

TEST_CASE("the token of a remote stage comes from a setting, or from a file that may change") {
  const HttpService service(always(http_response(204)));
  static_cast<void>(remote_stage({{"URL", service.url()}, {"TOKEN", "a-token"}})->run(sample_message()));
  const TextFile file("first\n");
  const auto stage = remote_stage({{"URL", service.url()}, {"TOKEN_FILE", file.path()}});
  static_cast<void>(stage->run(sample_message()));
  file.write("second");
  static_cast<void>(stage->run(sample_message()));
  file.write("");
  CHECK(stage->run(sample_message()).reason() ==
        "the request to the service failed: TOKEN_FILE cannot be read, or is empty");
  const auto requests = service.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].headers.at("authorization") == "Bearer a-token");
  CHECK(requests[1].headers.at("authorization") == "Bearer first");
  CHECK(requests[2].headers.at("authorization") == "Bearer second");
}

TEST_CASE("a remote stage is not created from settings that cannot work") {
  const auto [key, value, reason] = GENERATE(table<std::string, std::string, std::string>({
      {"URL", "ftp://example.org", "http://"},
      {"URL", "http://", "http://"},
      {"URL", "unix:relative.sock", "unix:/path"},
      {"URL", "unix:/a.sock:orders", "unix:/path"},
      {"URL", "unix:/" + std::string(120, 'x'), "at most 107 bytes"},
      {"TIMEOUT", "0s", "TIMEOUT should be at least 1ms"},
      {"MAX_CONNECTIONS", "0", "MAX_CONNECTIONS should be from 1 to 10000"},
      {"MAX_RESPONSE_KIB", "-1", "MAX_RESPONSE_KIB should be from 1 to 16384"},
      {"CA_FILE", "/nowhere.pem", "CA_FILE cannot be read"},
      {"TOKEN", "two words", "the token contains a space"},
      {"TOKEN_FILE", "/nowhere", "TOKEN_FILE cannot be read"},
  }));
  std::map<std::string, std::string> settings{{"URL", "http://127.0.0.1:1/"}};
  settings[key] = value;
  CHECK_THROWS_WITH(remote_stage(settings), Contains(reason));
}

TEST_CASE("a remote stage counts failed requests and connections, and measures responses") {
  const HttpService service(always(http_response(204)));
  const auto stage = remote_stage({{"URL", service.url()}});
  for (int i = 0; i < 3; ++i) CHECK(stage->run(sample_message()).kind() == Outcome::Kind::done);
  CHECK(stage->context().counted("connections") == 1);
  CHECK(stage->context().observed("request_duration").size() == 3);
  CHECK(stage->context().counted("requests_failed") == 0);
}
