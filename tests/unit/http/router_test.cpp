#include "runtime/http/router.hpp"

#include <catch2/catch.hpp>

#include "runtime/http/admin.hpp"
#include "runtime/http/response_state.hpp"

namespace {

using esteira::runtime::Metrics;
using esteira::runtime::Readiness;
using esteira::runtime::http::problem;
using esteira::runtime::http::Request;
using esteira::runtime::http::Responder;
using esteira::runtime::http::Response;
using esteira::runtime::http::Router;

Response ask(const Router& router, const std::string& method, const std::string& path) {
  Response received;
  Request request;
  request.method = method;
  request.path = path.substr(0, path.find('?'));
  if (path.find('?') != std::string::npos) request.query = path.substr(path.find('?') + 1);
  router(std::move(request), Responder(std::make_shared<Responder::ResponseState>(
                                 [&received](Response&& response) { received = std::move(response); })));
  return received;
}

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

/// Responds with its name and its parameters.
Router::Route echo(const std::string& name) {
  return [name](Request&& request, const Router::Parameters& parameters, Responder responder) {
    Response response;
    response.body = name + ' ' + request.method;
    for (const auto& parameter : parameters) response.body += ' ' + parameter;
    responder.send(std::move(response));
  };
}

struct Routed {
  Metrics metrics;
  Router router{metrics};
  Routed() {
    router.add("GET", "/orders/{id}", echo("one"));
    router.add("GET", "/orders/mine", echo("mine"));
    router.add("POST", "/orders", echo("place"));
  }
};

}  // namespace

TEST_CASE("a literal path takes precedence over a parameter") {
  const Routed routed;
  CHECK(ask(routed.router, "GET", "/orders/mine").body == "mine GET");
  CHECK(ask(routed.router, "GET", "/orders/7").body == "one GET 7");
  CHECK(ask(routed.router, "HEAD", "/orders/7").body == "one HEAD 7");
}

TEST_CASE("parameters are percent-decoded once") {
  const Routed routed;
  CHECK(ask(routed.router, "GET", "/orders/a%2Fb%20c+%2541").body == "one GET a/b c+%41");
  CHECK(ask(routed.router, "GET", "/orders/%zz").status == 400);
  CHECK(ask(routed.router, "GET", "/orders/%4").status == 400);
}

TEST_CASE("an unknown path gives 404, an unknown method 405 with Allow") {
  const Routed routed;
  for (const auto* path : {"/", "/orders//", "/orders/1/2", "/orders/1//", "/Orders", "//orders", "*"}) {
    CHECK(ask(routed.router, "GET", path).status == 404);
  }
  const auto rejected = ask(routed.router, "DELETE", "/orders/1");
  CHECK(rejected.status == 405);
  CHECK(header(rejected, "Allow") == "OPTIONS, GET, HEAD");
}

TEST_CASE("a slash at the end of a path makes no difference") {
  const Routed routed;
  CHECK(ask(routed.router, "POST", "/orders/").body == "place POST");
  CHECK(ask(routed.router, "GET", "/orders/7/").body == "one GET 7");
  CHECK(ask(routed.router, "GET", "/orders/mine/").body == "mine GET");
  CHECK(ask(routed.router, "GET", "/orders/").status == 405);
}

TEST_CASE("OPTIONS * is answered with the methods of all paths") {
  const Routed routed;
  const auto response = ask(routed.router, "OPTIONS", "*");
  CHECK(response.status == 204);
  CHECK(header(response, "Allow") == "OPTIONS, GET, HEAD, POST");
}

TEST_CASE("OPTIONS is answered with Allow") {
  const Routed routed;
  const auto response = ask(routed.router, "OPTIONS", "/orders");
  CHECK(response.status == 204);
  CHECK(header(response, "Allow") == "OPTIONS, POST");
}

TEST_CASE("requests are counted by route template, not by path") {
  const Routed routed;
  ask(routed.router, "GET", "/orders/1");
  ask(routed.router, "GET", "/orders/2");
  ask(routed.router, "BREW", "/pot");
  const auto text = routed.metrics.text();
  CHECK(text.find(R"(esteira_http_requests_total{code="200",method="GET",route="/orders/{id}"} 2)") != text.npos);
  CHECK(text.find(R"(esteira_http_requests_total{code="404",method="other",route="unmatched"} 1)") != text.npos);
  CHECK(text.find(R"(esteira_http_request_duration_seconds_count{method="GET",route="/orders/{id}"} 2)") != text.npos);
}

TEST_CASE("the errors of a route are counted from zero, before its first request") {
  const Routed routed;
  const auto text = routed.metrics.text();
  CHECK(text.find(R"(esteira_http_requests_total{code="503",method="POST",route="/orders"} 0)") != text.npos);
  CHECK(text.find(R"(esteira_http_requests_total{code="500",method="GET",route="/orders/{id}"} 0)") != text.npos);
}

TEST_CASE("only the first response is sent, and a late observer gets its status") {
  int responses = 0;
  int status = 0;
  auto state = std::make_shared<Responder::ResponseState>([&responses](Response&&) { ++responses; });
  Responder responder(state);
  responder.send(problem(409, "first"));
  responder.send(Response{});
  responder.on_response([&status](int given) { status = given; });
  CHECK(responses == 1);
  CHECK(status == 409);
}

TEST_CASE("the admin routes serve liveness, readiness and metrics") {
  Routed routed;
  Readiness readiness;
  std::string broken;
  std::string missing = "no connection";
  readiness.require("postgres", [&missing] { return missing; });
  add_admin_routes(routed.router, routed.metrics, readiness, [&broken] { return broken; });
  CHECK(ask(routed.router, "GET", "/healthz").body == R"({"status":"ok"})");
  CHECK(ask(routed.router, "GET", "/readyz").status == 503);
  CHECK(ask(routed.router, "GET", "/readyz").body ==
        R"({"missing":[{"name":"postgres","reason":"no connection"}],"status":"not ready"})");
  missing.clear();
  CHECK(ask(routed.router, "GET", "/readyz").body == R"({"status":"ready"})");
  readiness.note("breaker", [] { return "open"; });
  CHECK(ask(routed.router, "GET", "/readyz").status == 200);
  CHECK(ask(routed.router, "GET", "/readyz").body == R"({"breaker":"open","status":"ready"})");
  broken = "a thread is stuck";
  CHECK(ask(routed.router, "GET", "/healthz").status == 503);
  CHECK(ask(routed.router, "GET", "/metrics").content_type == "text/plain; version=0.0.4; charset=utf-8");
}

TEST_CASE("requests with a parameter that is recorded apart have a route of their own in the metrics") {
  Routed routed;
  routed.router.record_apart("/orders/{id}", "wait");
  ask(routed.router, "GET", "/orders/7?a=1&wait=2s");
  ask(routed.router, "GET", "/orders/7?waiting=1");
  const auto text = routed.metrics.text();
  CHECK(text.find(R"(esteira_http_requests_total{code="200",method="GET",route="/orders/{id}?wait"} 1)") != text.npos);
  CHECK(text.find(R"(esteira_http_requests_total{code="200",method="GET",route="/orders/{id}"} 1)") != text.npos);
  CHECK(text.find(R"(esteira_http_requests_total{code="503",method="GET",route="/orders/{id}?wait"} 0)") != text.npos);
}
