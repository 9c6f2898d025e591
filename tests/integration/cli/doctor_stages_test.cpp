#include <catch2/catch.hpp>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/orders/workers/stage_registry.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/servers.hpp"

using Catch::Contains;
using esteira::test::CliFixture;

namespace {

void add_host(CliFixture& fixture, const std::string& stage, const std::string& delays) {
  fixture.database().execute(
      "insert into worker_heartbeats (instance, exchange, stage, in_flight, oldest_seconds, retry_delays) values "
      "(gen_random_uuid(), '" +
      fixture.exchange() + "', '" + stage + "', 0, 0, " + delays + ")");
}

}  // namespace

TEST_CASE("doctor names a queue that exists with other arguments, and declares none") {
  CliFixture fixture;
  const auto ended = fixture.cli({"doctor"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("note  queue " + fixture.dead() + ": ") && Contains("inequivalent arg"));
  CHECK_THAT(ended.output, !Contains("note  queue " + fixture.queue("enrich") + ":"));
  CHECK_FALSE(fixture.broker().has_queue(fixture.queue("enrich")));
}

TEST_CASE("doctor names a stage whose hosts have different retry delays") {
  CliFixture fixture;
  add_host(fixture, "enrich", "'{1000,5000}'");
  add_host(fixture, "enrich", "'{1000,7000}'");
  add_host(fixture, "enrich", "null");
  add_host(fixture, "process", "'{1000}'");
  add_host(fixture, "process", "'{1000}'");
  const auto ended = fixture.cli({"doctor"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output,
             Contains("note  stage enrich: its hosts have different retry delays (ms: 1000,5000 and 1000,7000)"));
  CHECK_THAT(ended.output, !Contains("stage process"));
}

TEST_CASE("doctor names stages whose hosts differ, that have no host, or that are not connected") {
  CliFixture fixture;
  using esteira::runtime::orders::register_stage;
  register_stage(fixture.session(),
                 {fixture.exchange(), "work", {"order.created"}, {}, "work", "1", "order.worked", ""});
  fixture.database().execute("update registered_stages set last_seen = now() - interval '2 days'");
  register_stage(fixture.session(), {fixture.exchange(), "stray", {"order.strayed"}, {}, "stray", "1", "", ""});
  for (const auto* key : {"order.strayed", "order.other"}) {
    fixture.database().execute(
        "insert into worker_heartbeats (instance, exchange, stage, in_flight, oldest_seconds, plugin, plugin_version, "
        "consumes, publishes, status) values (gen_random_uuid(), '" +
        fixture.exchange() + "', 'stray', 0, 0, 'stray', '1', '" + key + "', '', '')");
  }
  const auto ended = fixture.cli({"doctor"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("note  stage work has had no host since") && Contains("esteira stage forget work"));
  CHECK_THAT(ended.output, Contains("note  stage stray: its hosts declare different things"));
  CHECK_THAT(ended.output, Contains("note  stage work publishes order.worked, which no registered stage consumes"));
  CHECK_THAT(ended.output, Contains("note  stage stray consumes order.strayed, which no registered stage publishes"));
  CHECK_THAT(ended.output, Contains("note  stage stray publishes nothing and does not complete an order"));
}

TEST_CASE("doctor names the rights that the broker user lacks") {
  esteira::test::Servers servers("doctor_rights", {"rabbitmq"});
  CliFixture fixture(servers.rabbitmq_url());
  const auto stage_queue = fixture.declare_stage_queue();
  const auto of_everything = fixture.queue("of-everything");
  fixture.broker().declare_queue(of_everything, fixture.exchange(), "#");
  const auto vhost = esteira::runtime::amqp::BrokerUrl::parse(servers.rabbitmq_url()).vhost;
  auto url = servers.rabbitmq_url();
  url.replace(url.find("guest:guest"), 11, "worker:secret");
  servers.rabbitmqctl({"add_user", "worker", "secret"});
  const auto doctor = [&](const std::string& configure, const std::string& write, const std::string& read) {
    servers.rabbitmqctl({"set_permissions", "-p", vhost, "worker", configure, write, read});
    esteira::test::Process process(
        ESTEIRA_CLI, {"doctor"},
        {{"DATABASE_URL", fixture.database().url()}, {"RABBITMQ_URL", url}, {"ESTEIRA_EXCHANGE", fixture.exchange()}});
    process.wait();
    return process.output();
  };
  CHECK_THAT(doctor(".*", ".*", ".*"), Contains("ok    broker rights: complete"));
  const auto missing = doctor(".*", "^$", "^$");
  CHECK_THAT(missing,
             Contains("FAIL  broker rights: the user worker may not write to exchange " + fixture.exchange()) &&
                 Contains("read queue " + stage_queue) && Contains("set_permissions"));
  CHECK_THAT(doctor(".*", "^" + fixture.exchange() + "$", ".*"),
             Contains("FAIL  broker rights: the user worker may not write to exchange amq.default"));
  // Looking changes nothing: no message was published, and the next one is the first.
  fixture.broker().publish(fixture.exchange(), "order.test", "the first");
  const auto first = fixture.broker().get(of_everything);
  REQUIRE(first.has_value());
  CHECK(first->body == "the first");
}
