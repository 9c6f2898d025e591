// The checkout workflow beside the default one: payment, shipping, delivery and refund, against a provider with a
// ledger of its own.
#include <signal.h>

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "plugins/shipped_stages.hpp"
#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/mock_provider.hpp"
#include "tests/support/process.hpp"
#include "tests/support/wait.hpp"

namespace {

using Catch::Contains;
using esteira::test::MockProvider;
using esteira::test::Pipeline;
using esteira::test::sum_of_cents;
using esteira::test::wait_until;
using nlohmann::json;

constexpr const char* kWorkflows = "default=order.created,checkout=checkout.created,express=express.created";
constexpr std::chrono::seconds kOutcomeTimeout{120};

Pipeline::Settings with_workflows() {
  return {{"ESTEIRA_WORKFLOWS", kWorkflows}, {"api/ESTEIRA_PRICED_WORKFLOWS", "checkout"}};
}

/// A pipeline with the stages of both workflows. Without `url` the providers are simulated.
class CheckoutPipeline {
 public:
  explicit CheckoutPipeline(const std::string& url = "") : url_(url), pipeline_(with_workflows()) {
    for (const auto* stage : esteira::kCheckoutStages) pipeline_.launch(stage, settings_of(stage));
    for (const auto* stage : esteira::kCheckoutStages) pipeline_.start(stage, settings_of(stage));
  }
  ~CheckoutPipeline() {
    for (const auto* stage : esteira::kCheckoutStages) {
      kill(stage);
      remove_queues(stage);
    }
  }
  CheckoutPipeline(const CheckoutPipeline&) = delete;
  CheckoutPipeline& operator=(const CheckoutPipeline&) = delete;

  Pipeline* operator->() { return &pipeline_; }

  /// Places an order of `cents` that has this SKU.
  std::string place(const std::string& sku = "ABC", const std::string& price = "10.50") {
    const auto answer = pipeline_.post(json{{"workflow", "checkout"},
                                            {"customer_id", "123"},
                                            {"items", {{{"sku", sku}, {"qty", 2}, {"unit_price", price}}}}}
                                           .dump());
    if (answer.status != 202) throw std::runtime_error(answer.body);
    return json::parse(answer.body).at("order_id");
  }

  void kill(const std::string& stage) {
    pipeline_.program(stage).signal(SIGKILL);
    pipeline_.program(stage).wait();
  }
  void restart(const std::string& stage, const Pipeline::Settings& changed = {}) {
    auto settings = changed;
    settings.merge(settings_of(stage));
    pipeline_.launch(stage, settings);
  }
  void remove_queues(const std::string& stage) {
    for (const auto* suffix : {"", ".dead", ".retry.50", ".retry.100", ".retry.200"})
      pipeline_.broker().remove_queue(pipeline_.queue(stage) + suffix);
  }

  std::string count(const std::string& where) {
    return pipeline_.database().value("select count(distinct order_id) from order_events e where " + where);
  }

  /// Runs `esteira` on the pipeline's installation.
  std::pair<int, std::string> cli(const std::vector<std::string>& arguments) {
    esteira::test::Process process(esteira::test::build_dir() / "bin" / "esteira", arguments,
                                   {{"DATABASE_URL", pipeline_.database().url()},
                                    {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
                                    {"ESTEIRA_EXCHANGE", pipeline_.exchange()},
                                    {"ESTEIRA_WORKFLOWS", kWorkflows}});
    const auto code = process.wait(std::chrono::seconds(60)).value_or(-1);
    return {code, process.output()};
  }

 private:
  [[nodiscard]] Pipeline::Settings settings_of(const std::string& stage) const {
    std::string prefix;
    for (const char c : stage) prefix += static_cast<char>(c - 'a' + 'A');
    Pipeline::Settings settings{{prefix + "_DELAY", "10ms"},
                                {prefix + "_URL", url_},
                                {"ESTEIRA_WORKFLOWS", kWorkflows},
                                {"ESTEIRA_RETRY_DELAYS",
                                 "50ms,50ms,50ms,50ms,100ms,100ms,100ms,200ms,200ms,200ms,200ms,"
                                 "200ms,200ms,200ms,200ms,200ms"}};
    if (stage == "delivery") settings["DELIVERY_CHECK_EVERY"] = "200ms";
    if (stage == "refund") settings["REFUND_SETTLE_TIME"] = "1s";
    return settings;
  }

  const std::string url_;
  Pipeline pipeline_;
};

std::vector<std::string> stages_of(const json& order) {
  std::vector<std::string> stages;
  for (const auto& event : order.at("timeline")) {
    if (event.at("outcome") == "done") stages.push_back(event.at("stage"));
  }
  return stages;
}

}  // namespace

TEST_CASE("an order of each workflow is completed, at once on the same exchange") {
  CheckoutPipeline pipeline;
  const auto checkout = pipeline.place();
  const auto plain = pipeline->place();
  CHECK(pipeline->reaches(checkout, "completed"));
  CHECK(pipeline->reaches(plain, "completed"));
  const auto order = pipeline->order(checkout);
  CHECK(order.at("workflow") == "checkout");
  CHECK(order.at("total") == "21.00");
  CHECK(stages_of(order) == std::vector<std::string>{"payment", "shipping", "delivery", "finalize"});
  CHECK(order.at("enrichments").at("payment").at("amount") == "21.00");
  CHECK(stages_of(pipeline->order(plain)) == std::vector<std::string>{"process", "enrich", "finalize"});
}

TEST_CASE("the API refuses an unknown workflow, missing prices and a wrong total") {
  CheckoutPipeline pipeline;
  const auto violation = [&](const std::string& body) {
    const auto answer = pipeline->post(body);
    CHECK(answer.status == 422);
    return json::parse(answer.body).at("errors").at(0);
  };
  CHECK_THAT(violation(R"({"workflow":"other","customer_id":"1","items":[{"sku":"A","qty":1}]})").at("detail"),
             Contains("default, checkout, express"));
  CHECK(violation(R"({"workflow":"checkout","customer_id":"1","items":[{"sku":"A","qty":1}]})").at("pointer") ==
        "/items/0/unit_price");
  CHECK(violation(
            R"({"workflow":"checkout","customer_id":"1","total":"2","items":[{"sku":"A","qty":1,"unit_price":"1"}]})")
            .at("pointer") == "/total");
}

TEST_CASE("a refused shipment and a lost parcel are refunded once, and a declined charge is not") {
  CheckoutPipeline pipeline;
  const auto refused = pipeline.place("SHIPPING-REFUSE");
  const auto lost = pipeline.place("DELIVERY-LOST");
  const auto declined = pipeline.place("PAYMENT-REFUSE");
  CHECK(pipeline->all_reach({refused, lost, declined}, "failed"));
  CHECK(wait_until([&] { return pipeline.count("stage = 'refund' and outcome = 'done'") == "2"; }, kOutcomeTimeout));
  for (const auto& id : {refused, lost}) {
    const auto order = pipeline->order(id);
    const auto& enrichments = order.at("enrichments");
    CHECK(order.at("status") == "failed");
    CHECK(order.at("compensation") == "done");
    CHECK(enrichments.at("refund").at("charge") == enrichments.at("payment").at("charge"));
    CHECK(enrichments.at("refund").at("amount") == "21.00");
  }
  CHECK_FALSE(pipeline->order(declined).at("enrichments").contains("refund"));
  CHECK(pipeline->order(declined).at("compensation") == "none");
  // Nobody consumes the events payment.refused and refund.completed, and nothing waits for that.
  const auto [code, report] = pipeline.cli({"audit", "--grace-period", "1s"});
  CAPTURE(report);
  CHECK(code == 0);
  for (const auto* stage : esteira::kCheckoutStages)
    CHECK(pipeline->broker().count(pipeline->queue(stage) + ".dead") == 0);
}

TEST_CASE("an order whose retries are used up is given up by a person, and gets its refund") {
  CheckoutPipeline pipeline;
  pipeline.kill("shipping");
  pipeline.restart("shipping", {{"SHIPPING_URL", "http://127.0.0.1:9"}, {"ESTEIRA_RETRY_DELAYS", "50ms"}});
  const auto id = pipeline.place();
  REQUIRE(pipeline->reaches(id, "failed"));
  CHECK(pipeline->order(id).at("compensation") == "none");
  const auto [code, output] =
      pipeline.cli({"dlq", "give-up", "--order", id, "--note", "the carrier has closed down", "--yes"});
  CAPTURE(output);
  CHECK(code == 0);
  CHECK(wait_until([&] { return pipeline.count("stage = 'refund' and outcome = 'done'") == "1"; }, kOutcomeTimeout));
  const auto order = pipeline->order(id);
  CHECK(order.at("status") == "failed");
  CHECK(order.at("compensation") == "done");
  CHECK_THAT(order.at("failure_reason").get<std::string>(), Contains("given up by hand: the carrier has closed down"));
  CHECK(order.at("enrichments").at("refund").at("charge") == order.at("enrichments").at("payment").at("charge"));
  CHECK(pipeline.cli({"dlq", "redrive", "--order", id, "--yes"}).first == 1);
  CHECK(wait_until([&] { return pipeline->broker().count(pipeline->queue("shipping") + ".dead") == 0; }));
  const auto [audited, report] = pipeline.cli({"audit", "--grace-period", "1s"});
  CAPTURE(report);
  CHECK(audited == 0);
}

TEST_CASE("a workflow is configuration: its graph is shown and checked, and a third one needs no code") {
  CheckoutPipeline pipeline;
  const auto [before, faults] = pipeline.cli({"workflow", "check"});
  CAPTURE(faults);
  CHECK(before == 1);
  CHECK_THAT(faults, Contains("workflow express begins with express.created, which no registered stage consumes"));
  pipeline->start("score", {{"ESTEIRA_PLUGIN", "enrich"},
                            {"ESTEIRA_STAGE", "score"},
                            {"ESTEIRA_CONSUMES", "express.created"},
                            {"ESTEIRA_PUBLISHES", "express.scored"},
                            {"SCORE_DELAY", "10ms"}});
  pipeline->start("close", {{"ESTEIRA_PLUGIN", "finalize"},
                            {"ESTEIRA_STAGE", "close"},
                            {"ESTEIRA_CONSUMES", "express.scored"},
                            {"ESTEIRA_PUBLISHES", "express.completed"}});
  const auto answer =
      pipeline->post(R"({"workflow":"express","customer_id":"1","items":[{"sku":"A","qty":1,"unit_price":"1"}]})");
  REQUIRE(answer.status == 202);
  const std::string id = json::parse(answer.body).at("order_id");
  CHECK(pipeline->reaches(id, "completed"));
  CHECK(stages_of(pipeline->order(id)) == std::vector<std::string>{"score", "close"});

  const auto [code, result] = pipeline.cli({"workflow", "check"});
  CAPTURE(result);
  CHECK(code == 0);
  CHECK_THAT(result, Contains("ok    workflows: default, checkout, express"));
  const auto shown = pipeline.cli({"workflow", "show"}).second;
  CAPTURE(shown);
  CHECK_THAT(shown, Contains("workflow checkout begins with checkout.created") &&
                        Contains("payment        checkout.created -> payment.approved, status paid, refuses with "
                                 "payment.refused") &&
                        Contains("workflow express begins with express.created"));
  CHECK_THAT(pipeline.cli({"workflow", "show", "--dot"}).second,
             Contains("digraph workflows {") &&
                 Contains("\"stage payment\" -> \"stage shipping\" [label=\"payment.approved\"];") &&
                 Contains("\"stage shipping\" -> \"stage refund\" [label=\"shipment.refused\", style=dashed];"));
  const auto [doctor, advice] = pipeline.cli({"doctor"});
  CAPTURE(advice);
  CHECK(doctor == 0);
  CHECK_THAT(advice, !Contains("which no registered stage"));
  for (const auto* stage : {"score", "close"}) {
    pipeline.kill(stage);
    pipeline.remove_queues(stage);
  }
}

TEST_CASE("over faults of the provider and killed hosts, charges are refunds and paid orders, to the cent") {
  constexpr int kOrders = 60;
  MockProvider provider({"--decline", "0.1", "--refuse", "0.15", "--lose", "0.15", "--fault", "0.25", "--transit",
                         "0.3", "--slow", "0.1"});
  CheckoutPipeline pipeline(provider.url());
  std::mt19937 dice(17);
  for (int i = 0; i < kOrders; ++i) {
    pipeline.place("ABC", std::to_string(1 + i) + ".0" + std::to_string(i % 10));
    if (i % 12 != 11) continue;
    const std::string victim = esteira::kCheckoutStages.at(dice() % esteira::kCheckoutStages.size());
    pipeline.kill(victim);
    pipeline.restart(victim);
  }
  const auto unfinished =
      "select count(*) from orders o where o.status not in ('completed', 'failed') or o.status = 'failed' "
      "and exists (select from order_events e where e.order_id = o.id and e.stage = 'payment' and e.outcome = 'done') "
      "and not exists (select from order_events e where e.order_id = o.id and e.stage = 'refund' and e.outcome = "
      "'done')";
  CHECK(wait_until([&] { return pipeline->database().value(unfinished) == "0"; }, kOutcomeTimeout));

  const auto ledger = provider.ledger();
  CAPTURE(ledger.at("repeated"), ledger.at("requests"));
  CHECK(ledger.at("double").empty());
  const auto paid = std::stoll(pipeline->database().value(
      "select coalesce(sum(total_amount * 100), 0)::bigint from orders where status = 'completed'"));
  CHECK(sum_of_cents(ledger.at("charges")) == sum_of_cents(ledger.at("refunds")) + paid);
  CHECK(std::to_string(ledger.at("refunds").size()) ==
        pipeline.count("stage in ('shipping', 'delivery') and outcome = 'failed'"));
  CHECK_FALSE(ledger.at("refunds").empty());
  for (const auto* stage : esteira::kCheckoutStages)
    CHECK(pipeline->broker().count(pipeline->queue(stage) + ".dead") == 0);
  const auto [code, report] = pipeline.cli({"audit", "--grace-period", "1s"});
  CAPTURE(report);
  CHECK(code == 0);
}
