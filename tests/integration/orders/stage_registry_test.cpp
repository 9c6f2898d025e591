#include "runtime/orders/workers/stage_registry.hpp"

#include <catch2/catch.hpp>

#include "runtime/orders/workers/stage_overview.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/support/test_database.hpp"

namespace {

namespace orders = esteira::runtime::orders;
using Keys = std::vector<std::string>;

struct RegistryFixture {
  esteira::test::TestDatabase database;
  esteira::runtime::postgres::Session session{database.url(), "test"};
};

/// A host of stage "work".
struct TestHost {
  explicit TestHost(const std::string& plugin = "work", const std::string& version = "1",
                    const Keys& consumes = {"order.created"})
      : record{"orders", "work", consumes, {}, plugin, version, "order.worked", ""} {
    heartbeat.instance = esteira::runtime::random_uuid();
    heartbeat.exchange = "orders";
    heartbeat.stage = "work";
    heartbeat.plugin = plugin;
    heartbeat.plugin_version = version;
    heartbeat.consumes = consumes;
    heartbeat.publishes = record.publishes;
  }
  orders::StageRecord record;
  orders::WorkerHeartbeat heartbeat;
};

orders::QueueKeys begin(RegistryFixture& fixture, const TestHost& host) {
  return orders::register_host(fixture.session, host.record, host.heartbeat);
}

orders::StageOverview overview(RegistryFixture& fixture) {
  return orders::read_stages(fixture.session, "orders").at(0);
}

}  // namespace

TEST_CASE("a host of another plugin is refused while one runs, and changes nothing") {
  RegistryFixture fixture;
  begin(fixture, TestHost());
  const TestHost other("other", "1", {"order.other"});
  CHECK_THROWS_WITH(begin(fixture, other),
                    Catch::StartsWith("stage work is run by plugin work 1 (a host reported 0 s"));
  CHECK(overview(fixture).plugin == "work");
  CHECK(overview(fixture).hosts == 1);
  CHECK(overview(fixture).binding_keys == Keys{"order.created"});
}

TEST_CASE("another version of the plugin is a rolling deployment, and allowed") {
  RegistryFixture fixture;
  begin(fixture, TestHost());
  begin(fixture, TestHost("work", "2"));
  CHECK(overview(fixture).plugin_version == "2");
  CHECK(overview(fixture).hosts == 2);
  CHECK(overview(fixture).differences.empty());
}

TEST_CASE("another plugin may take over a stage whose hosts have stopped or are silent for half a minute") {
  RegistryFixture fixture;
  const TestHost first;
  begin(fixture, first);
  SECTION("stopped") { orders::remove_heartbeat(fixture.session, first.heartbeat.instance); }
  SECTION("silent") {
    fixture.database.execute("update worker_heartbeats set heartbeat_at = now() - interval '31 seconds'");
  }
  begin(fixture, TestHost("other"));
  CHECK(overview(fixture).plugin == "other");
  CHECK(overview(fixture).hosts == 1);
}

TEST_CASE("the newest host of a stage decides what its queue is bound to") {
  RegistryFixture fixture;
  const TestHost old_host;
  const TestHost new_host("work", "2", {"order.checked"});
  CHECK(begin(fixture, old_host) == orders::QueueKeys{{"order.created"}, {}});
  CHECK(begin(fixture, new_host) == orders::QueueKeys{{"order.checked"}, {"order.created"}});
  CHECK(orders::renew_host(fixture.session, old_host.record, old_host.heartbeat) ==
        orders::QueueKeys{{"order.checked"}, {"order.created"}});
  CHECK(overview(fixture).differences.find("consumes order.checked") != std::string::npos);
}

TEST_CASE("a host registers again when the newest one is gone, or its stage was forgotten") {
  RegistryFixture fixture;
  const TestHost old_host;
  const TestHost new_host("work", "2", {"order.checked"});
  begin(fixture, old_host);
  SECTION("gone") {
    begin(fixture, new_host);
    orders::remove_heartbeat(fixture.session, new_host.heartbeat.instance);
  }
  SECTION("forgotten") { fixture.database.execute("delete from registered_stages"); }
  CHECK(orders::renew_host(fixture.session, old_host.record, old_host.heartbeat).consumes == Keys{"order.created"});
  CHECK(overview(fixture).consumes == Keys{"order.created"});
}

TEST_CASE("a removed binding is recorded once, and not for the key that is bound") {
  RegistryFixture fixture;
  begin(fixture, TestHost());
  begin(fixture, TestHost("work", "2", {"order.checked"}));
  const auto record = [&] {
    orders::record_removed_bindings(fixture.session, "orders", "work",
                                    {"order.created", "order.checked", "order.never"});
    return fixture.database.value("select string_agg(routing_key || removed_at, ',') from removed_bindings");
  };
  const auto first = record();
  CHECK(first.starts_with("order.created"));
  CHECK(first.find(',') == std::string::npos);
  CHECK(record() == first);
  CHECK(overview(fixture).binding_keys == Keys{"order.checked"});
  begin(fixture, TestHost());
  CHECK(fixture.database.value("select count(*) from removed_bindings") == "0");
}

TEST_CASE("a stage has several keys, and a changed list adds some and makes others obsolete") {
  RegistryFixture fixture;
  CHECK(begin(fixture, TestHost("work", "1", {"order.a", "order.b"})) == orders::QueueKeys{{"order.a", "order.b"}, {}});
  CHECK(overview(fixture).consumes == Keys{"order.a", "order.b"});
  CHECK(begin(fixture, TestHost("work", "2", {"order.b", "order.c"})) ==
        orders::QueueKeys{{"order.b", "order.c"}, {"order.a"}});
  orders::record_removed_bindings(fixture.session, "orders", "work", {"order.a", "order.c"});
  CHECK(fixture.database.value("select string_agg(routing_key, ',') from removed_bindings") == "order.a");
  CHECK(overview(fixture).binding_keys == Keys{"order.b", "order.c"});
  CHECK(overview(fixture).removed_keys == Keys{"order.a"});
  CHECK_THAT(overview(fixture).differences, Catch::Contains("consumes order.b,order.c, publishes"));
  CHECK(begin(fixture, TestHost("work", "3", {"order.a"})) == orders::QueueKeys{{"order.a"}, {"order.b", "order.c"}});
  CHECK(fixture.database.value("select count(*) from removed_bindings") == "0");
}

TEST_CASE("hosts of one stage whose keys beside the first differ declare different things") {
  RegistryFixture fixture;
  const TestHost one("work", "1", {"order.a", "order.b"});
  begin(fixture, one);
  begin(fixture, TestHost("work", "1", {"order.a", "order.c"}));
  CHECK(orders::renew_host(fixture.session, one.record, one.heartbeat).consumes == Keys{"order.a", "order.c"});
  CHECK_FALSE(overview(fixture).differences.empty());
}

TEST_CASE("a host of the version before unbinds none of several keys, and its registration forgets none") {
  RegistryFixture fixture;
  begin(fixture, TestHost("work", "1", {"order.b"}));
  begin(fixture, TestHost("work", "2", {"order.a", "order.b"}));
  // The statements of that version: what it unbinds its queue from, and how it registers.
  CHECK(fixture.database.value("select count(key) from registered_stages r "
                               "left join unnest(r.binding_keys) as key on key <> r.consumes") == "0");
  fixture.database.execute(
      "update registered_stages r set binding_keys = array(select distinct unnest(r.binding_keys || 'order.b'::text)), "
      "consumes = 'order.b'");
  CHECK(overview(fixture).binding_keys == Keys{"order.a", "order.b"});
  CHECK(begin(fixture, TestHost("work", "3", {"order.b"})) == orders::QueueKeys{{"order.b"}, {"order.a"}});
}

TEST_CASE("the refused event of a stage is registered, and hosts without one declare something else") {
  RegistryFixture fixture;
  TestHost host;
  begin(fixture, host);
  CHECK(overview(fixture).refused.empty());
  TestHost refusing("work", "2");
  refusing.record.refused = refusing.heartbeat.refused = "order.refused";
  begin(fixture, refusing);
  CHECK(overview(fixture).refused == "order.refused");
  CHECK_THAT(overview(fixture).differences, Catch::Contains("refuses with order.refused"));
}
