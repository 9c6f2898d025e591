#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"
#include "tests/unit/plugin/supplier.hpp"

using esteira::test::Pipeline;
using nlohmann::json;

namespace {

std::vector<std::string> timeline_of(const json& order) {
  std::vector<std::string> lines;
  for (const auto& event : order.at("timeline")) {
    lines.push_back(event.at("stage").get<std::string>() + " " + event.at("outcome").get<std::string>());
  }
  return lines;
}

/// The metrics of a program, one a line: name, type and labels. Dashboards and alerts depend on them; so tools/lint.sh
/// compares them with the golden files.
std::string metric_families(const Pipeline& pipeline, const std::string& name) {
  static const std::regex label(R"re(([a-z_]+)="(?:[^"\\]|\\.)*")re");
  std::istringstream text(esteira::test::http_request(pipeline.port(name), "GET", "/metrics").body);
  std::map<std::string, std::set<std::string>> labels;
  std::string family;
  for (std::string line; std::getline(text, line);) {
    if (line.rfind("# TYPE ", 0) == 0) labels[family = line.substr(7)];
    if (line.rfind('#', 0) == 0) continue;
    for (std::sregex_iterator found(line.begin(), line.end(), label); found != std::sregex_iterator(); ++found) {
      if ((*found)[1] != "le") labels[family].insert((*found)[1]);
    }
  }
  std::string all;
  for (const auto& [type, names] : labels) {
    all += type;
    for (const auto& label_name : names) all += (label_name == *names.begin() ? " " : ",") + label_name;
    all += "\n";
  }
  return all;
}

std::string golden(const std::string& name) {
  std::ifstream file(esteira::test::source_dir() / "tests" / "e2e" / "golden" / name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("metrics have the documented names, types and labels") {
  Pipeline pipeline;
  REQUIRE(pipeline.reaches(pipeline.place(), "completed"));
  // The gauges of the stages exist once the API has seen a registered stage.
  esteira::test::wait_until([&] { return metric_families(pipeline, "api") == golden("api_metrics.txt"); });
  CHECK(metric_families(pipeline, "api") == golden("api_metrics.txt"));
  CHECK(metric_families(pipeline, "finalize") == golden("host_metrics.txt"));
  const auto finalize = esteira::test::http_request(pipeline.port("finalize"), "GET", "/metrics").body;
  CHECK(finalize.find("esteira_order_duration_seconds_count{stage=\"finalize\"} 1") != std::string::npos);
}

TEST_CASE("an order passes every stage to completed with one trace id") {
  Pipeline pipeline;
  const auto id = pipeline.place({"ABC", "XYZ"});
  REQUIRE(pipeline.reaches(id, "completed"));
  const auto order = pipeline.order(id);
  CHECK(order.at("items").size() == 2);
  CHECK(order.at("enrichments").contains("enrich"));
  CHECK(timeline_of(order) == std::vector<std::string>{"api accepted", "process done", "enrich done", "finalize done"});
  for (const auto& name : Pipeline::names()) {
    INFO(name);
    CHECK(esteira::test::wait_until(
        [&] { return pipeline.program(name).output().find("\"order_id\":\"" + id + "\"") != std::string::npos; }));
  }
}

TEST_CASE("a supplier's numbers reach the next stage and the client with all their digits") {
  const std::string numbers = R"("n":12345678901234567890123,"cents":1.10)";
  const plugin_test::Supplier supplier(plugin_test::answer(200, "{" + numbers + "}"));
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_URL", supplier.url()}});
  const auto queue = pipeline.queue("observed");
  pipeline.broker().declare_queue(queue, pipeline.exchange(), "order.enriched");
  const auto id = pipeline.place();
  REQUIRE(pipeline.reaches(id, "completed"));
  const auto event = pipeline.broker().get(queue);
  REQUIRE(event);
  CHECK_THAT(event->body, Catch::Contains(numbers));
  const auto shown = esteira::test::http_request(pipeline.port("api"), "GET", "/orders/" + id, "",
                                                 {esteira::test::Programs::authorization()});
  CHECK_THAT(shown.body, Catch::Contains("\"n\":12345678901234567890123") && Catch::Contains("\"cents\":1.10"));
  pipeline.broker().remove_queue(queue);
}

TEST_CASE("an order completes after a stage failed once and was retried") {
  Pipeline pipeline;
  const auto id = pipeline.place({"FAIL-ONCE"});
  REQUIRE(pipeline.reaches(id, "completed"));
  CHECK(timeline_of(pipeline.order(id)) ==
        std::vector<std::string>{"api accepted", "process done", "enrich retry", "enrich done", "finalize done"});
}

TEST_CASE("a stage that always fails leads to a failed order with its reason and a dead letter") {
  Pipeline pipeline;
  const auto id = pipeline.place({"FAIL-ALWAYS"});
  REQUIRE(pipeline.reaches(id, "failed"));
  const auto order = pipeline.order(id);
  CHECK(timeline_of(order) ==
        std::vector<std::string>{"api accepted", "process done", "enrich retry", "enrich retry", "enrich failed"});
  const auto dead_letter = pipeline.broker().get(pipeline.queue("enrich") + ".dead");
  REQUIRE(dead_letter);
  CHECK(dead_letter->headers.at("x-esteira-reason") == order.at("failure_reason").get<std::string>());
  CHECK(json::parse(dead_letter->body).at("order_id") == id);
}

TEST_CASE("a message body that is not an order is dead-lettered at once with the reason") {
  Pipeline pipeline;
  pipeline.broker().publish(pipeline.exchange(), "order.created", "{\"not\": \"an order\"}");
  const auto dead_letter = pipeline.broker().get(pipeline.queue("process") + ".dead");
  REQUIRE(dead_letter);
  CHECK(dead_letter->body == "{\"not\": \"an order\"}");
  CHECK_FALSE(dead_letter->headers.at("x-esteira-reason").empty());
  CHECK(pipeline.reaches(pipeline.place(), "completed"));
}

TEST_CASE("fifty concurrent requests with one idempotency key create one order") {
  Pipeline pipeline;
  const std::string body = R"({"customer_id":"123","items":[{"sku":"ABC","qty":2}]})";
  std::vector<esteira::test::HttpAnswer> answers(50);
  std::vector<std::thread> clients;
  clients.reserve(answers.size());
  for (auto& answer : answers) clients.emplace_back([&] { answer = pipeline.post(body, "the-key"); });
  for (auto& client : clients) client.join();
  std::set<std::string> ids;
  for (const auto& answer : answers) {
    REQUIRE(answer.status == 202);
    ids.insert(json::parse(answer.body).at("order_id"));
  }
  CHECK(ids.size() == 1);
  CHECK(pipeline.database().value("select count(*) from orders") == "1");
  CHECK(pipeline.post(R"({"customer_id":"124","items":[{"sku":"ABC","qty":2}]})", "the-key").status == 422);
}

TEST_CASE("redelivery applies the effect once") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "200ms"}});
  const auto id = pipeline.place();
  REQUIRE(pipeline.reaches(id, "completed"));
  const auto body = json{{"order_id", id},
                         {"workflow", "default"},
                         {"customer_id", "123"},
                         {"items", {{{"sku", "ABC"}, {"qty", 2}}}},
                         {"data", json::object()}};
  for (int i = 0; i < 3; ++i) {
    pipeline.broker().publish(pipeline.exchange(), "order.enrichment.requested", body.dump());
  }
  const auto metrics = [&](const char* name) {
    return esteira::test::http_request(pipeline.port(name), "GET", "/metrics").body;
  };
  CHECK(esteira::test::wait_until([&] {
    return metrics("enrich").find("outcome=\"duplicate\",stage=\"enrich\"} 0") == std::string::npos &&
           metrics("finalize").find("outcome=\"duplicate\",stage=\"finalize\"} 0") == std::string::npos &&
           metrics("enrich").find("esteira_in_flight{stage=\"enrich\"} 0") != std::string::npos &&
           metrics("finalize").find("esteira_in_flight{stage=\"finalize\"} 0") != std::string::npos;
  }));
  CHECK(timeline_of(pipeline.order(id)).size() == 4);
  CHECK(pipeline.order(id).at("status") == "completed");
}

TEST_CASE("a host with a plugin path logs the name of its stage") {
  const auto path = esteira::test::build_dir() / "plugins" / "enrich.so";
  Pipeline pipeline(Pipeline::Settings{{"enrich/ESTEIRA_PLUGIN", path}});
  REQUIRE(pipeline.reaches(pipeline.place(), "completed"));
  const auto logged = pipeline.program("enrich").output();
  CHECK(logged.find(R"("stage":"enrich")") != std::string::npos);
  CHECK(logged.find(R"("stage":"/)") == std::string::npos);
}
