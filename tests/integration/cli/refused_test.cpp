// Orders that a stage refused, with its refused event instead of a dead letter.
#include <catch2/catch.hpp>

#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/operations/dead_letter_messages.hpp"
#include "runtime/orders/workers/stage_registry.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

using esteira::runtime::orders::DeadLetterState;
using esteira::runtime::orders::read_states;
using esteira::runtime::orders::RedriveResult;
using esteira::test::CliFixture;
using Checks = std::set<std::string>;

namespace {

constexpr const char* kRefused = "order.enrichment.refused";

/// Enrich refuses orders, refund compensates, mail follows.
struct RefusedFixture : CliFixture {
  RefusedFixture() {
    add_stage("process", {"order.created"}, "order.enrichment.requested", "");
    add_stage("enrich", {"order.enrichment.requested"}, "order.enriched", kRefused);
    add_stage("finalize", {"order.enriched"}, "order.completed", "");
    add_stage("refund", {kRefused, "order.lost"}, "order.refunded", "");
    add_stage("mail", {"order.refunded"}, "", "");
  }

  void add_stage(const std::string& stage, const std::vector<std::string>& consumes, const std::string& publishes,
                 const std::string& refused) {
    esteira::runtime::orders::register_stage(session(),
                                             {exchange(), stage, consumes, {}, stage, "1", publishes, "", refused});
  }

  std::string refused() {
    auto id = place();
    done(id, "process", "processing", "order.enrichment.requested");
    auto result = esteira::test::failure_for(id, "enrich", "no \"stock\"");
    result.routing_key = kRefused;
    esteira::test::record_one(session(), result);
    return id;
  }

  std::string compensated() {
    auto id = refused();
    done(id, "refund", "", "order.refunded", R"({"refund":"r-1"})");
    done(id, "mail", "", "");
    return id;
  }

  /// The refund was tried until its attempts were used up.
  std::string with_dead_letter_of_refund() {
    auto id = refused();
    fail(id, "refund", "the bank is away (attempt 4, the last)");
    return id;
  }
};

std::string check_of(const nlohmann::json& report) { return report.at("findings").at(0).at("check"); }

}  // namespace

TEST_CASE_METHOD(RefusedFixture, "a refused order is failed without a dead letter, and its compensation lands") {
  const auto id = compensated();
  age(id);
  CHECK(status(id) == "failed");
  CHECK(database().value("select failure_reason from orders") == "no \"stock\"");
  CHECK(database().value("select data->>'refund' from order_enrichments where stage = 'refund'") == "r-1");
  const auto report = audit();
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
  CHECK(cli({"dlq", "list", "--json"}).output.find(id) == std::string::npos);
}

TEST_CASE_METHOD(RefusedFixture, "the audit finds a refused order whose event is lost, and repair sends it again") {
  const auto id = refused();
  age(id);
  const auto report = audit({"--repair"});
  CAPTURE(report.dump());
  REQUIRE(report.at("findings").size() == 1);
  CHECK(check_of(report) == "lost_message");
  CHECK(report.at("findings").at(0).at("orders").at(0).at("order_id") == id);
  CHECK(report.at("repaired") == 1);
  CHECK(outbox() == exchange() + "|" + kRefused + "|0");
  const auto message = esteira::runtime::orders::read_envelope(database().value("select body from outbox"));
  CHECK(message.data.at("enrich") == R"({"refused":"no \"stock\""})");
  CHECK(audit().at("clean") == true);
}

TEST_CASE_METHOD(RefusedFixture, "the audit finds a lost event of the compensating stage, and repair sends it again") {
  const auto id = refused();
  done(id, "refund", "", "order.refunded", R"({"refund":"r-1"})");
  age(id);
  CHECK(check_of(audit({"--repair"})) == "lost_message");
  CHECK(outbox() == exchange() + "|order.refunded|0");
  const auto message = esteira::runtime::orders::read_envelope(database().value("select body from outbox"));
  CHECK(message.data.at("refund") == R"({"refund": "r-1"})");
  CHECK(message.data.contains("enrich"));
}

TEST_CASE_METHOD(RefusedFixture, "a refused order is not lost while its message may be somewhere") {
  const auto id = refused();
  SECTION("in the queue of the compensating stage") {
    declare(queue("refund"));
    broker().publish("", queue("refund"), "{}");
    age(id);
  }
  SECTION("in the host that refused it, for no queue takes it") {
    database().execute("delete from registered_stages where stage = 'refund'");
    esteira::runtime::orders::WorkerHeartbeat heartbeat;
    heartbeat.instance = "6f0c1b9e-5b1f-4a8e-9a54-0a3d2f4c1e77";
    heartbeat.exchange = exchange();
    heartbeat.stage = "enrich";
    heartbeat.in_flight = 1;
    report_heartbeat(session(), heartbeat);
    age(id);
  }
  SECTION("in the outbox") {
    database().execute("insert into outbox (order_id, exchange, routing_key, body) values ('" + id +
                       "', 'x', 'y', '')");
    age(id);
  }
  SECTION("in the database, scheduled for the compensating stage") {
    esteira::test::record_one(session(), esteira::test::snooze_for(id, "refund", 0, std::chrono::hours(1), exchange()));
    age(id);
  }
  SECTION("it has just been refused") {}
  const auto report = audit({"--grace-period", "60s"});
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
}

TEST_CASE_METHOD(RefusedFixture, "repair sends a refused order whose scheduled message is gone, and it begins anew") {
  using Status = esteira::runtime::orders::RecordedResult::Status;
  const auto id = refused();
  const auto snooze = [&](int snoozes) {
    return esteira::test::record_one(session(), esteira::test::snooze_for(id, "refund", snoozes)).status;
  };
  CHECK(snooze(0) == Status::recorded);
  database().execute("delete from scheduled_messages");
  age(id);
  CHECK(check_of(audit({"--repair"})) == "lost_message");
  CHECK(outbox() == exchange() + "|" + kRefused + "|0");
  CHECK(snooze(0) == Status::recorded);
  CHECK(snooze(1) == Status::superseded);
}

TEST_CASE_METHOD(RefusedFixture, "a message in the queue of a stage that does not get the event hides no lost one") {
  age(refused());
  declare(queue("finalize"));
  broker().publish("", queue("finalize"), "{}");
  CHECK(check_of(audit()) == "lost_message");
}

TEST_CASE_METHOD(RefusedFixture, "stages that come and go later do not make a compensated order look lost") {
  age(compensated());
  SECTION("another stage gets the event from now on") { add_stage("journal", {kRefused}, "", ""); }
  SECTION("the compensating stage is forgotten") {
    database().execute("delete from registered_stages where stage in ('refund', 'mail')");
  }
  SECTION("the compensating stage consumes another event") {
    add_stage("refund", {"order.lost"}, "", "");
    esteira::runtime::orders::record_removed_bindings(session(), exchange(), "refund", {kRefused});
  }
  const auto report = audit();
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
}

TEST_CASE_METHOD(RefusedFixture, "a stage that had the order by another event does not answer the refused one") {
  add_stage("journal", {"order.created", kRefused}, "", "");
  const auto id = place();
  done(id, "journal", "", "");
  done(id, "process", "processing", "order.enrichment.requested");
  auto result = esteira::test::failure_for(id, "enrich", "no stock");
  result.routing_key = kRefused;
  esteira::test::record_one(session(), result);
  age(id);
  CHECK(check_of(audit()) == "lost_message");
}

TEST_CASE_METHOD(RefusedFixture, "the audit finds each kind of error in the rows of a refused order") {
  const auto [error, check] = GENERATE(table<std::string, std::string>({
      {"update orders set status = 'processing', failure_reason = null", "refused_failed"},
      {"update orders set failure_reason = ''", "failed_by_stage"},
      {"update order_events set routing_key = 'order.stray' where stage = 'enrich'", "missing_predecessor"},
      {"update order_events set routing_key = null where stage = 'enrich'", "missing_predecessor"},
      {"delete from order_events where stage = 'enrich'", "failed_by_stage"},
      {"delete from order_events where stage = 'refund'", "orphan_enrichment"},
      {"delete from order_enrichments where stage = 'refund'", "missing_enrichment"},
      {"delete from order_events where stage = 'mail'", "lost_message"},
  }));
  age(compensated());
  REQUIRE(audit_finds().empty());
  database().execute(error);
  CAPTURE(error);
  CHECK(audit_finds().contains(check));
}

TEST_CASE_METHOD(RefusedFixture, "a refused order has no dead letter to redrive, purge or count") {
  const auto id = refused();
  CHECK(nlohmann::json::parse(cli({"dlq", "redrive", "--yes", "--json"}).output).at("redriven") == 0);
  CHECK(redrive_dead_letter(session(), letter_of(id, "enrich")) == RedriveResult::stale);
  CHECK(status(id) == "failed");
  CHECK(outbox().empty());
  CHECK(read_states(session(), {{id, "enrich", 0}}).at(0) == DeadLetterState::stale);
}

TEST_CASE_METHOD(RefusedFixture, "a dead letter of a compensating stage is redriven, and its order stays failed") {
  const auto id = with_dead_letter_of_refund();
  CHECK(read_states(session(), {{id, "refund", 0}}).at(0) == DeadLetterState::recorded);
  declare(queue("refund"));
  const auto ended = cli({"dlq", "redrive", "--yes", "--json"});
  CAPTURE(ended.output);
  CHECK(nlohmann::json::parse(ended.output).at("redriven") == 1);
  CHECK(outbox().empty());
  CHECK(status(id) == "failed");
  CHECK(database().value("select failure_reason from orders") == "no \"stock\"");
  age(id);
  SECTION("the message is lost, and repair sends it to the stage again") {
    broker().purge(queue("refund"));
    CHECK(check_of(audit({"--repair"})) == "lost_message");
    CHECK(outbox() == "|" + queue("refund") + "|1");
    CHECK(database().value("select body from outbox").find("refused") != std::string::npos);
  }
  SECTION("the message is in its queue") { CHECK(audit().at("clean") == true); }
  SECTION("the refund lands") {
    done(id, "refund", "", "order.refunded", "{}", 1);
    done(id, "mail", "", "", "", 1);
    age(id);
    const auto report = audit();
    CAPTURE(report.dump());
    CHECK(report.at("clean") == true);
    CHECK(status(id) == "failed");
  }
  SECTION("it fails again, and is redriven again") {
    fail(id, "refund", "still away", 1);
    CHECK(audit().at("clean") == true);
    CHECK(nlohmann::json::parse(cli({"dlq", "redrive", "--yes", "--json"}).output).at("redriven") == 1);
    CHECK(status(id) == "failed");
  }
}

TEST_CASE_METHOD(RefusedFixture, "a message of a compensating stage that the broker dead-lettered is redriven") {
  const auto id = refused();
  CHECK(read_states(session(), {{id, "refund", 0}}).at(0) == DeadLetterState::unrecorded);
  CHECK(redrive_dead_letter(session(), letter_of(id, "refund")) == RedriveResult::redriven);
  CHECK(outbox() == "|" + queue("refund") + "|1");
  CHECK(status(id) == "failed");
}

TEST_CASE_METHOD(RefusedFixture, "beside a refusal only the dead letter of another stage is sent back") {
  add_stage("fraud", {"order.enrichment.requested"}, "", "");
  const auto id = refused();
  fail(id, "fraud", "busy");
  CHECK(redrive_dead_letter(session(), letter_of(id, "fraud")) == RedriveResult::redriven);
  CHECK(outbox() == "|" + queue("fraud") + "|1");
  CHECK(status(id) == "failed");
}

TEST_CASE_METHOD(RefusedFixture, "prune deletes a refused order when its compensation has ended, and not before") {
  const auto pruned = [this] {
    return nlohmann::json::parse(cli({"prune", "--older-than", "30m", "--json"}).output).at("orders").get<int>();
  };
  SECTION("compensated") {
    age(compensated());
    CHECK(pruned() == 1);
  }
  SECTION("its event is not answered") {
    age(refused());
    CHECK(pruned() == 0);
  }
  SECTION("the compensating stage has a dead letter, until it is purged") {
    const auto id = with_dead_letter_of_refund();
    age(id);
    CHECK(pruned() == 0);
    REQUIRE(cli({"dlq", "purge", "--yes"}).code == 0);
    age(id);
    CHECK(pruned() == 1);
  }
  SECTION("a redrive of the compensating stage is on its way") {
    const auto id = with_dead_letter_of_refund();
    REQUIRE(cli({"dlq", "redrive", "--yes"}).code == 0);
    database().execute("delete from outbox");
    age(id);
    CHECK(pruned() == 0);
  }
}

TEST_CASE_METHOD(RefusedFixture,
                 "the optional event of a refused order needs an answer only from a stage that gets it") {
  const auto id = place();
  auto result = esteira::test::failure_for(id, "process", "declined");
  result.routing_key = "payment.refused";
  esteira::test::record_one(session(), result);
  age(id);
  CHECK(audit().at("clean") == true);
  CHECK(audit({"--repair"}).at("repaired") == 0);
  add_stage("letters", {"payment.refused"}, "", "");
  CHECK(check_of(audit()) == "lost_message");
  CHECK(audit({"--repair"}).at("repaired") == 1);
  CHECK(outbox() == exchange() + "|payment.refused|0");
}
