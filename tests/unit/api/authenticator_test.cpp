#include "api/authenticator.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "runtime/http/response_state.hpp"

using esteira::api::Authenticator;
using esteira::runtime::http::Request;
using esteira::runtime::http::Responder;
using esteira::runtime::http::Response;

namespace {

const std::vector<esteira::api::ClientToken> two_clients{{"default", "first"}, {"shop", "second"}};

Request request_with(const std::string& authorization) {
  Request request;
  request.headers.emplace_back("authorization", authorization);
  return request;
}

}  // namespace

TEST_CASE("each configured token is accepted, with the scheme in any case") {
  const Authenticator authenticator(two_clients);
  const auto* value = GENERATE("Bearer first", "bearer first", "BEARER first", "Bearer   first");
  CHECK(authenticator.client_of(request_with(value)) == "default");
  CHECK(authenticator.client_of(request_with("Bearer second")) == "shop");
}

TEST_CASE("any other Authorization header is rejected") {
  const Authenticator authenticator(two_clients);
  const auto* value = GENERATE("", "first", "Bearer", "Bearer ", "Bearer firs", "Bearer first ", "Bearer firstx",
                               "Bearer First", "Basic first", "Bearerfirst", "Bearer first,second");
  CHECK(authenticator.client_of(request_with(value)).empty());
}

TEST_CASE("a request without a token gets 401 with the Bearer scheme") {
  const Request request;
  CHECK(Authenticator(two_clients).client_of(request).empty());
  const auto response = Authenticator::unauthorized(request);
  CHECK(response.status == 401);
  REQUIRE(response.headers.size() == 1);
  CHECK(response.headers[0].first == "WWW-Authenticate");
  CHECK(response.headers[0].second == "Bearer realm=\"esteira\"");
}

TEST_CASE("a protected route is called only with a valid token") {
  const Authenticator authenticator(two_clients);
  int calls = 0;
  const auto route = authenticator.protect([&calls](Request&&, const auto&, Responder responder) {
    ++calls;
    responder.send(Response{});
  });
  int status = 0;
  const auto send = [&](Request request) {
    route(std::move(request), {}, Responder(std::make_shared<Responder::ResponseState>([&status](Response&& response) {
            status = response.status;
          })));
  };
  send(request_with("Bearer wrong"));
  CHECK(status == 401);
  CHECK(calls == 0);
  send(request_with("Bearer first"));
  CHECK(status == 200);
  CHECK(calls == 1);
}

TEST_CASE("tokens can be replaced while requests are checked") {
  Authenticator authenticator(two_clients);
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::thread checking([&] {
    while (!done) {
      if (authenticator.client_of(request_with("Bearer first")) != "default") ++wrong;
    }
  });
  for (int i = 0; i < 200; ++i) authenticator.replace({{"default", "first"}, {"pos", std::to_string(i)}});
  done = true;
  checking.join();
  CHECK(wrong == 0);
  CHECK(authenticator.client_of(request_with("Bearer 199")) == "pos");
  CHECK(authenticator.client_of(request_with("Bearer second")).empty());
}
