// esteira remote check: an author points it at a service.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/environment.hpp"
#include "tests/support/http_service.hpp"
#include "tests/support/process.hpp"

namespace {

using Catch::Contains;
using Catch::StartsWith;
using esteira::test::http_response;
using esteira::test::HttpService;
using esteira::test::ServiceReply;
using esteira::test::ServiceRequest;
using nlohmann::json;

struct CheckRun {
  int code = -1;
  std::string output;
};

CheckRun check_remote(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"remote", "check"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  esteira::test::Process process(esteira::test::build_dir() / "bin" / "esteira", all, {});
  const auto code = process.wait(std::chrono::seconds(60));
  return {code.value_or(-1), process.output()};
}

std::string lines_with(const std::string& output, const std::string& start) {
  std::istringstream lines(output);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(start)) found += line + '\n';
  }
  return found;
}

/// A service that keeps to the protocol.
ServiceReply good(const ServiceRequest& request) {
  const auto order = json::parse(request.body, nullptr, false);
  const bool is_last = request.headers.count("connection") > 0;
  if (!order.is_object()) {
    // A message with numbers beyond double is one, too.
    const bool is_order = request.body.find("1e350") != std::string::npos;
    return {.bytes = http_response(is_order ? 204 : 400), .close = is_last};
  }
  return {.bytes = http_response(200, R"({"items":)" + std::to_string(order.at("items").size()) + "}"),
          .close = is_last};
}

/// A service that is as good as `good`, but for one habit.
HttpService::Handler with_habit(const std::string& habit) {
  return [habit, count = std::make_shared<std::atomic<int>>(0)](const ServiceRequest& request) -> ServiceReply {
    const auto order = json::parse(request.body, nullptr, false);
    const auto status = [](int code) { return ServiceReply{.bytes = http_response(code)}; };
    const int number = ++*count;
    if (habit == "counts requests") return {.bytes = http_response(200, R"({"n":)" + std::to_string(number) + "}")};
    if (habit == "wants no more") return order.is_object() && order.contains("future") ? status(400) : good(request);
    if (habit == "wants a total") return order.is_object() && !order.contains("total") ? status(500) : good(request);
    if (habit == "wants ASCII") {
      const auto is_plain = [](unsigned char c) { return c < 0x80; };
      const bool is_ascii = std::all_of(request.body.begin(), request.body.end(), is_plain);
      return is_ascii ? good(request) : status(500);
    }
    if (habit == "wants doubles") return request.body.find("1e350") != std::string::npos ? status(500) : good(request);
    if (habit == "wants little") return request.body.size() > 500'000 ? status(413) : good(request);
    if (habit == "wants first attempts")
      return request.headers.at("esteira-attempt") != "1" ? status(409) : good(request);
    if (habit == "takes anything") return status(204);
    auto reply = good(request);
    if (habit == "closes connections") reply.close = true;
    return reply;
  };
}

}  // namespace

TEST_CASE("a remote service that keeps to the protocol passes every check") {
  const HttpService service(good);
  const auto run = check_remote({service.url()});
  INFO(run.output);
  CHECK(run.code == 0);
  CHECK(std::ranges::count(run.output, '\n') == 13);
  CHECK_THAT(run.output, StartsWith("ok    answers an order\n"));
  CHECK_THAT(run.output, Catch::EndsWith("12 checks: 12 ok, 0 failed\n"));
}

TEST_CASE("a remote service that asks for time keeps to the protocol") {
  const auto response =
      GENERATE(http_response(202, "", "Retry-After: 5\r\n"), http_response(503, "", "Retry-After: 5\r\n"),
               http_response(422, R"({"detail":"no"})", "Content-Type: application/problem+json\r\n"));
  const HttpService service([&](const ServiceRequest& request) {
    auto reply = good(request);
    if (!reply.bytes.starts_with("HTTP/1.1 400")) reply.bytes = response;
    return reply;
  });
  const auto run = check_remote({service.url()});
  INFO(run.output);
  CHECK(run.code == 0);
}

TEST_CASE("each mistake of a remote service fails its check, with a remedy") {
  const auto [habit, line] = GENERATE(table<std::string, std::string>({
      {"counts requests", "gives the same answer to the same Idempotency-Key: the repetition got another answer"},
      {"wants no more", "ignores members and headers that it does not know: the service answered 400; "},
      {"wants a total", "takes an order without prices, total, data and trace: the service answered 500; "},
      {"wants ASCII", "takes text in any language: the service answered 500; read the body as UTF-8"},
      {"wants doubles", "takes numbers of any size in data: the service answered 500; "},
      {"wants little", "takes a message of a megabyte: the service answered 413; raise the limit"},
      {"wants first attempts", "takes a later attempt of a redriven order: the service answered 409; "},
      {"takes anything", "answers 400 to what is not a message, and goes on: it answered 204 to a body"},
  }));
  const HttpService service(with_habit(habit));
  const auto run = check_remote({service.url()});
  INFO(run.output);
  CHECK(run.code == 1);
  CHECK_THAT(lines_with(run.output, "FAIL"), Contains("FAIL  " + line));
}

TEST_CASE("a remote service that closes its connections passes, with a note") {
  const HttpService service(with_habit("closes connections"));
  const auto run = check_remote({service.url()});
  INFO(run.output);
  CHECK(run.code == 0);
  CHECK_THAT(lines_with(run.output, "note"), Contains("keeps connections alive: it closed the connection"));
}

TEST_CASE("a remote service that cannot be used fails the first check, and no other is made") {
  const auto [handler, reason] = GENERATE(table<HttpService::Handler, std::string>({
      {[](const auto&) { return ServiceReply{.hang = true}; }, "no response within 300 ms"},
      {[](const auto&) { return ServiceReply{.reset = true}; }, "answers an order: "},
      {[](const auto&) { return ServiceReply{.bytes = http_response(404)}; }, "the service answered 404"},
      {[](const auto&) { return ServiceReply{.bytes = http_response(422)}; }, "application/problem+json"},
      {[](const auto&) { return ServiceReply{.bytes = http_response(503)}; }, "503 without Retry-After"},
      {[](const auto&) { return ServiceReply{.bytes = http_response(200, "{\"a\":1,}")}; }, "not a JSON object"},
  }));
  const HttpService service(handler);
  const auto run = check_remote({service.url(), "--timeout", "300ms"});
  INFO(run.output);
  CHECK(run.code == 1);
  CHECK_THAT(run.output, StartsWith("FAIL  answers an order: ") && Contains(reason));
  CHECK(std::ranges::count(run.output, '\n') == 2);
}

TEST_CASE("remote check says in one line why it cannot begin") {
  const auto [arguments, reason] = GENERATE(table<std::vector<std::string>, std::string>({
      {{"ftp://example.org"}, "http://"},
      {{"http://127.0.0.1:1/", "--ca-file", "/nowhere.pem"}, "--ca-file cannot be read"},
      {{"http://127.0.0.1:1/", "--token-file", "/nowhere"}, "--token-file cannot be read"},
      {{"http://127.0.0.1:1/", "--timeout", "soon"}, "--timeout"},
  }));
  const auto run = check_remote(arguments);
  INFO(run.output);
  CHECK(run.code == 2);
  CHECK_THAT(run.output, StartsWith("esteira: ") && Contains(reason));
  CHECK(std::ranges::count(run.output, '\n') == 1);
}
