#include "runtime/http/render.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "runtime/logging/trace.hpp"
#include "runtime/text/uuid.hpp"

namespace {

using esteira::runtime::http::problem;
using esteira::runtime::http::Request;
using esteira::runtime::http::Response;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string id_for(const std::string& sent) {
  Request request;
  request.headers.emplace_back("x-request-id", sent);
  return choose_request_id(request);
}

}  // namespace

TEST_CASE("a response has the status line and the standard headers") {
  Response response;
  response.status = 202;
  response.body = "{}";
  const auto text = render(response, {"id-1", true, false});
  CHECK(text.starts_with("HTTP/1.1 202 Accepted\r\nDate: "));
  CHECK(contains(text, " GMT\r\nConnection: keep-alive\r\nX-Request-Id: id-1\r\nContent-Length: 2\r\n"));
  CHECK(text.ends_with("\r\n\r\n{}"));
}

TEST_CASE("a header with an invalid name or value is omitted") {
  Response response;
  response.headers = {{"X-Echo", "a\r\nSet-Cookie: evil"}, {"Bad Name", "x"}, {"Content-Length", "9"}, {"X-Good", "1"}};
  const auto text = render(response, {"id", true, false});
  CHECK_FALSE(contains(text, "evil"));
  CHECK_FALSE(contains(text, "Bad Name"));
  CHECK_FALSE(contains(text, "Content-Length: 9"));
  CHECK(contains(text, "X-Good: 1\r\n"));
}

TEST_CASE("the response to HEAD has the Content-Length but not the body") {
  Response response;
  response.body = "12345";
  CHECK(contains(render(response, {"id", true, true}), "Content-Length: 5\r\n"));
  CHECK(render(response, {"id", true, true}).ends_with("\r\n\r\n"));
}

TEST_CASE("a 204 response has neither body nor Content-Length") {
  Response response;
  response.status = 204;
  response.body = "lost";
  const auto text = render(response, {"id", true, false});
  CHECK_FALSE(contains(text, "Content-Length"));
  CHECK(text.ends_with("\r\n\r\n"));
}

TEST_CASE("a valid X-Request-Id of the client is kept") {
  CHECK(id_for("abc.DEF_1-2") == "abc.DEF_1-2");
  CHECK(id_for(std::string(128, 'a')).size() == 128);
  for (const auto& odd : {std::string(), std::string("a b"), std::string("<x>"), std::string(129, 'a')}) {
    CHECK(esteira::runtime::is_uuid(id_for(odd)));
  }
}

TEST_CASE("a problem response is valid JSON even when its detail is not UTF-8") {
  const auto response = problem(422, "odd \xff\"", {{"/items/0/qty", "too small"}});
  const auto body = nlohmann::json::parse(response.body);
  CHECK(response.content_type == "application/problem+json");
  CHECK(body["title"] == "Unprocessable Content");
  CHECK(body["status"] == 422);
  CHECK(body["errors"][0]["pointer"] == "/items/0/qty");
}
