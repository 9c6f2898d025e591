#include "api/authenticator.hpp"

#include <catch2/catch.hpp>

using esteira::api::Authenticator;
using esteira::runtime::http::Request;

namespace {

Request request_with(const std::string& authorization) {
  Request request;
  request.headers.emplace_back("authorization", authorization);
  return request;
}

}  // namespace

TEST_CASE("each of the tokens opens, whatever the case of the scheme") {
  const Authenticator authenticator({"first", "second"});
  const auto* value = GENERATE("Bearer first", "bearer second", "BEARER first", "Bearer   first");
  CHECK(authenticator.allows(request_with(value)));
}

TEST_CASE("nothing else opens") {
  const Authenticator authenticator({"first", "second"});
  const auto* value = GENERATE("", "first", "Bearer", "Bearer ", "Bearer firs", "Bearer first ", "Bearer firstx",
                               "Bearer First", "Basic first", "Bearerfirst", "Bearer first,second");
  CHECK_FALSE(authenticator.allows(request_with(value)));
}

TEST_CASE("a request without a token is told the scheme") {
  const Request request;
  CHECK_FALSE(Authenticator({"first"}).allows(request));
  const auto refusal = Authenticator::refusal(request);
  CHECK(refusal.status == 401);
  REQUIRE(refusal.headers.size() == 1);
  CHECK(refusal.headers[0].first == "WWW-Authenticate");
  CHECK(refusal.headers[0].second == "Bearer realm=\"esteira\"");
}
