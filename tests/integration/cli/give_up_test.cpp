// What follows when a person gives the dead letter of a stage with a refused event up.
#include <signal.h>

#include <catch2/catch.hpp>

#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/operations/dead_letter_messages.hpp"
#include "tests/integration/cli/give_up_fixture.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::runtime::orders::DeadLetterState;
using esteira::runtime::orders::read_states;
using esteira::runtime::orders::RedriveResult;
using esteira::test::GiveUpFixture;
using esteira::test::kShipmentRefused;
using esteira::test::request_cancellation;
using esteira::test::summary_of;
using esteira::test::wait_until;
using Kind = esteira::runtime::orders::GiveUpResult::Kind;

namespace {

const std::vector<std::string> give_up_all_command{"dlq", "give-up", "--yes", "--json"};

}  // namespace

TEST_CASE_METHOD(GiveUpFixture, "give-up publishes the refused event with everything done so far") {
  const auto id = unshipped();
  const auto ended = cli({"dlq", "give-up", "--order", id, "--note", "the address is wrong", "--yes", "--json"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK(summary_of(ended.output).at("given_up") == 1);
  const auto event = broker().get(queue("refund"));
  REQUIRE(event);
  CHECK(event->routing_key == kShipmentRefused);
  CHECK(event->type == kShipmentRefused);
  CHECK(event->message_id.starts_with(id));
  const auto message = esteira::runtime::orders::read_envelope(event->body);
  CHECK(message.data.at("payment") == R"({"charge": "c-1"})");
  CHECK(message.data.at("shipping") ==
        R"json({"refused":"given up by hand: the address is wrong (it failed with: the carrier is away)"})json");
  CHECK(outbox().empty());
  CHECK(wait_until([&] { return broker().count(queue("shipping") + ".dead") == 0; }));
}

TEST_CASE_METHOD(GiveUpFixture, "an order that was given up is a refused order, and its refund compensates it") {
  const auto id = unshipped();
  REQUIRE(cli(give_up_all_command).code == 0);
  CHECK(status(id) == "failed");
  CHECK(database().value("select failure_reason from orders") == "given up by hand: the carrier is away");
  CHECK(timeline_of("shipping") == "failed shipment.refused");
  CHECK(compensation_of(id) == "owed");
  CHECK(read_states(session(), {{id, "shipping", 0}}).at(0) == DeadLetterState::stale);
  age(id);
  broker().purge(queue("refund"));
  CHECK(audit_finds() == std::set<std::string>{"compensation_owed"});
  done(id, "refund", "", "refund.completed", R"({"refund":"r-1"})");
  age(id);
  CHECK(compensation_of(id) == "done");
  CHECK(audit().at("clean") == true);
  CHECK(cli({"dlq", "list", "--json"}).output.find(id) == std::string::npos);
  CHECK(nlohmann::json::parse(cli({"prune", "--older-than", "30m", "--json"}).output).at("orders") == 1);
}

#ifdef ESTEIRA_CRASH_POINTS  // builds with sanitizers have none
TEST_CASE_METHOD(GiveUpFixture, "a give-up that crashes is repeated, and publishes the refused event") {
  const auto point = GENERATE(std::string("claiming"), "claimed", "relayed");
  const auto id = unshipped();
  REQUIRE(start_cli(give_up_all_command, point)->wait() == 128 + SIGKILL);
  CAPTURE(point);
  CHECK(outbox() == (point == "claiming" ? "" : exchange() + "|" + kShipmentRefused + "|0"));
  const auto repeated = cli({"dlq", "give-up", "--order", id, "--yes"});
  CAPTURE(repeated.output);
  CHECK(repeated.code == 0);
  CHECK(timeline_of("shipping") == "failed shipment.refused");
  CHECK((broker().count(queue("refund")) == 1 || !outbox().empty()));
  CHECK(wait_until([&] { return broker().count(queue("shipping") + ".dead") == 0; }));
}
#endif

TEST_CASE_METHOD(GiveUpFixture, "a give-up whose event no queue takes leaves it in the outbox") {
  unshipped();
  broker().remove_queue(queue("refund"));
  const auto ended = cli(give_up_all_command);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("they are in the outbox"));
  CHECK(outbox() == exchange() + "|" + kShipmentRefused + "|0");
}

TEST_CASE_METHOD(GiveUpFixture, "a dead letter is not given up when nothing would follow") {
  const auto id = place();
  SECTION("its stage has no refused event") {
    done(id, "payment", "paid", "payment.approved");
    refuse(id, "shipping", kShipmentRefused);
    fail(id, "refund", "the bank is away");
    const auto ended = cli(give_up_all_command);
    CHECK(ended.code == 1);
    CHECK_THAT(ended.output,
               Contains("the stage refund has no refused event") && Contains("esteira dlq purge --stage refund"));
    CHECK(timeline_of("refund") == "failed");
  }
  SECTION("no stage consumes the refused event") {
    fail(id, "payment", "the bank is away");
    const auto ended = cli(give_up_all_command);
    CHECK(ended.code == 1);
    CHECK(summary_of(ended.output).at("no_event") == 1);
    CHECK_THAT(ended.output, Contains("no stage consumes payment.refused") && Contains("dlq purge --stage payment"));
    CHECK(timeline_of("payment") == "failed");
  }
  CHECK(outbox().empty());
}

TEST_CASE_METHOD(GiveUpFixture, "a dry run of a give-up counts and changes nothing") {
  unshipped();
  const auto ended = cli({"dlq", "give-up", "--dry-run", "--json"});
  CHECK(ended.code == 0);
  CHECK(summary_of(ended.output).at("given_up") == 1);
  CHECK(timeline_of("shipping") == "failed");
  CHECK(outbox().empty());
  CHECK(wait_until([&] { return broker().count(queue("shipping") + ".dead") == 1; }));
}

TEST_CASE_METHOD(GiveUpFixture, "dlq give-up needs --yes without a terminal") {
  unshipped();
  CHECK(cli({"dlq", "give-up"}).code == 2);
  CHECK(timeline_of("shipping") == "failed");
}

TEST_CASE_METHOD(GiveUpFixture,
                 "a message that the broker dead-lettered is given up, and a request to cancel is closed") {
  const auto id = paid();
  REQUIRE(request_cancellation(session(), id).status == esteira::runtime::orders::CancelAnswer::Status::accepted);
  broker().publish("", queue("shipping") + ".dead", letter_of(id, "shipping").body);
  const auto ended = cli(give_up_all_command);
  CAPTURE(ended.output);
  CHECK(summary_of(ended.output).at("given_up") == 1);
  CHECK(status(id) == "failed");
  CHECK(database().value("select cancel_requested_at is null from orders") == "t");
  CHECK(compensation_of(id) == "owed");
  CHECK(wait_until([&] { return broker().count(queue("refund")) == 1; }));
  CHECK(database().value("select count(*) from dead_letter_messages") == "0");
  CHECK(audit_finds().empty());
  CHECK(done(id, "shipping", "shipped", "shipment.requested").status ==
        esteira::test::RecordedResult::Status::duplicate);
}

TEST_CASE_METHOD(GiveUpFixture, "a repeated give-up says that it was done already") {
  const auto id = unshipped();
  REQUIRE(cli(give_up_all_command).code == 0);
  const auto repeated = cli({"dlq", "give-up", "--order", id, "--yes"});
  CHECK(repeated.code == 0);
  CHECK_THAT(repeated.output, Contains("order " + id + " was given up already at the stage shipping"));
  CHECK(give_up_dead_letter(session(), give_up_of(id)).kind == Kind::already);
  CHECK(broker().count(queue("refund")) == 1);
}

TEST_CASE_METHOD(GiveUpFixture, "a give-up of an order that has moved on changes nothing and says why") {
  const auto id = unshipped();
  std::string state;
  SECTION("redriven") {
    redrive_dead_letter(session(), letter_of(id, "shipping"));
    state = "was redriven meanwhile";
  }
  SECTION("redriven and completed") {
    redrive_dead_letter(session(), letter_of(id, "shipping"));
    done(id, "shipping", "shipped", "shipment.requested", "", 1);
    done(id, "finalize", "completed", "order.completed", "", 1);
    state = "is completed";
  }
  SECTION("redriven and cancelled") {
    redrive_dead_letter(session(), letter_of(id, "shipping"));
    request_cancellation(session(), id);
    done(id, "shipping", "shipped", "shipment.requested", "", 1);
    REQUIRE(status(id) == "cancelled");
    state = "is cancelled";
  }
  SECTION("purged") {
    purge_dead_letter(session(), letter_of(id, "shipping"));
    state = "has no dead letter: it was purged";
  }
  database().execute("delete from outbox");
  const auto before = database().value("select string_agg(e::text, ';' order by created_at) from order_events e");
  const auto result = give_up_dead_letter(session(), give_up_of(id));
  CHECK(result.kind == Kind::moved_on);
  CHECK(result.state == state);
  CHECK(outbox().empty());
  CHECK(database().value("select string_agg(e::text, ';' order by created_at) from order_events e") == before);
  CHECK(cli({"dlq", "give-up", "--order", id, "--yes"}).code == 1);
}

TEST_CASE_METHOD(GiveUpFixture, "a give-up that contradicts its order or names an unknown one changes nothing") {
  const auto id = unshipped();
  CHECK(give_up_dead_letter(session(), give_up_of(id, 3)).kind == Kind::refused);
  CHECK(give_up_dead_letter(session(), give_up_of("6f0c1b9e-5b1f-4a8e-9a54-0a3d2f4c1e77")).kind == Kind::unknown_order);
  auto malformed = give_up_of(id);
  malformed.order_id = "not-an-id";
  CHECK(give_up_dead_letter(session(), malformed).kind == Kind::unknown_order);
  CHECK(timeline_of("shipping") == "failed");
  CHECK(outbox().empty());
}

TEST_CASE_METHOD(GiveUpFixture, "a redrive of an order that was given up is refused and names the order") {
  const auto id = unshipped();
  REQUIRE(cli(give_up_all_command).code == 0);
  const auto* text = ", and its payment is to be refunded: it is not redriven";
  SECTION("before its refund") {}
  SECTION("after its refund") {
    done(id, "refund", "", "refund.completed");
    text = ", and its payment was refunded: it is not redriven";
  }
  const auto ended = cli({"dlq", "redrive", "--order", id, "--yes"});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, Contains("order " + id + " was given up already at the stage shipping" + text));
  CHECK(redrive_dead_letter(session(), letter_of(id, "shipping")) == RedriveResult::given_up);
  CHECK(database().value("select redrives from orders") == "0");
}

TEST_CASE_METHOD(GiveUpFixture, "the payment of a refunded order is not redriven, its refund is") {
  add_stage("fraud", {"order.created"}, "", "", "fraud.found");
  add_stage("refund", {kShipmentRefused, "fraud.found", "order.cancelled"}, "refund.completed", "", "");
  const auto id = place();
  refuse(id, "fraud", "fraud.found");
  SECTION("the refund has landed: nothing was charged then") {
    done(id, "refund", "", "refund.completed");
    fail(id, "payment", "time out");
    const auto ended = cli({"dlq", "redrive", "--yes", "--json"});
    CAPTURE(ended.output);
    CHECK(ended.code == 1);
    CHECK_THAT(ended.output,
               Contains("order " + id + " was refused by the stage fraud: it is not redriven to the stage payment") &&
                   Contains("esteira dlq purge --order " + id + " --stage payment"));
    CHECK(database().value("select redrives from orders") == "0");
    CHECK(cli({"dlq", "purge", "--order", id, "--stage", "payment", "--yes"}).code == 0);
  }
  SECTION("beside the refund, which failed") {
    fail(id, "payment", "time out");
    fail(id, "refund", "the bank is away");
    CHECK(redrive_dead_letter(session(), letter_of(id, "payment")) == RedriveResult::order_ended);
    CHECK(outbox().empty());
    CHECK(redrive_dead_letter(session(), letter_of(id, "refund")) == RedriveResult::redriven);
    CHECK(outbox() == "|" + queue("refund") + "|1");
  }
  CHECK(status(id) == "failed");
}

TEST_CASE_METHOD(GiveUpFixture, "the shipping of a refunded order is not redriven") {
  add_stage("customs", {"payment.approved"}, "", "", kShipmentRefused);
  const auto id = unshipped();
  refuse(id, "customs", kShipmentRefused);
  done(id, "refund", "", "refund.completed");
  const auto ended = cli({"dlq", "redrive", "--order", id, "--yes", "--json"});
  CAPTURE(ended.output);
  CHECK(ended.code == 1);
  CHECK(summary_of(ended.output).at("order_ended") == 1);
  CHECK_THAT(ended.output,
             Contains("order " + id + " was refused by the stage customs, and its payment was refunded: it is not"));
  CHECK(timeline_of("shipping") == "failed");
  CHECK(outbox().empty());
}
