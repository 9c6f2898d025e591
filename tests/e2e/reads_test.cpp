#include <catch2/catch.hpp>
#include <csignal>
#include <set>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/wait.hpp"

using esteira::test::HttpAnswer;
using esteira::test::Pipeline;
using esteira::test::Programs;
using nlohmann::json;

namespace {

HttpAnswer read_from_api(const Pipeline& pipeline, const std::string& path,
                         std::map<std::string, std::string> headers = {}) {
  headers.insert(Programs::authorization());
  return esteira::test::http_request(pipeline.port("api"), "GET", path, "", headers);
}

}  // namespace

TEST_CASE("a client that waits sees an order through to completed without asking twice for the same state") {
  Pipeline pipeline;
  const auto id = pipeline.place();
  std::string etag;
  std::string status;
  std::set<std::string> seen;
  for (int i = 0; i < 20 && status != "completed"; ++i) {
    const auto answer = read_from_api(pipeline, "/orders/" + id + "?wait=20s", {{"If-None-Match", etag}});
    REQUIRE(answer.status == 200);
    etag = answer.headers.at("etag");
    CHECK(seen.insert(etag).second);
    status = json::parse(answer.body).at("status");
  }
  CHECK(status == "completed");
}

TEST_CASE("a stopped API answers the requests that wait, and exits with 0") {
  Pipeline pipeline;
  pipeline.program("process").signal(SIGSTOP);
  const auto id = pipeline.place();
  esteira::test::RawHttp client(pipeline.port("api"));
  client.send("GET /orders/" + id +
              "?wait=20s HTTP/1.1\r\nHost: x\r\nAuthorization: " + Programs::authorization().second + "\r\n\r\n");
  REQUIRE(esteira::test::wait_until([&] {
    return read_from_api(pipeline, "/metrics").body.find("\nesteira_waiting_requests 1\n") != std::string::npos;
  }));
  pipeline.program("api").signal(SIGTERM);
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->headers.at("connection") == "close");
  CHECK(pipeline.program("api").wait() == 0);
  pipeline.program("process").signal(SIGCONT);
}

TEST_CASE("the orders of a running line are listed with their statuses") {
  Pipeline pipeline;
  std::set<std::string> placed;
  for (int i = 0; i < 5; ++i) placed.insert(pipeline.place());
  REQUIRE(pipeline.all_reach({placed.begin(), placed.end()}, "completed"));
  std::set<std::string> listed;
  std::string path = "/orders?status=completed&workflow=default&limit=2";
  while (!path.empty()) {
    const auto answer = read_from_api(pipeline, path);
    REQUIRE(answer.status == 200);
    const auto page = json::parse(answer.body);  // outlives the loop over its member
    for (const auto& order : page.at("orders")) listed.insert(order.at("order_id"));
    const auto link = answer.headers.find("link");
    path = link == answer.headers.end() ? "" : link->second.substr(1, link->second.find('>') - 1);
  }
  CHECK(listed == placed);
}
