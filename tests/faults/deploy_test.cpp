#include <catch2/catch.hpp>
#include <pqxx/pqxx>

#include "tests/faults/balanced_load.hpp"
#include "tests/faults/checker.hpp"
#include "tests/faults/settling.hpp"
#include "tests/support/wait.hpp"

using esteira::faults::BalancedLoad;
using esteira::faults::Balancer;
using esteira::faults::Fleet;

namespace {

/// One program after the other is stopped and started anew, the next one when the one before is at work.
void deploy(Fleet& fleet, const Balancer& balancer, const BalancedLoad& load) {
  for (const auto& name : Fleet::programs()) {
    INFO(name);
    const auto before = load.accepted();
    fleet.restart(name);
    fleet.await_ready(name);
    CHECK(esteira::test::wait_until([&] { return balancer.ready().size() == Fleet::apis().size(); }));
    CHECK(esteira::test::wait_until([&] { return load.accepted() > before + 20; }));
  }
}

}  // namespace

TEST_CASE("a rolling deploy under load causes no client error, no failed order and no extra attempt") {
  // The delay is the one that users get.
  Fleet fleet("deploys", {{"api/ESTEIRA_DRAIN_DELAY", ""}, {"ENRICH_DELAY", "200ms"}});
  const Balancer balancer(fleet);
  REQUIRE(esteira::test::wait_until([&] { return balancer.ready().size() == Fleet::apis().size(); }));
  BalancedLoad load(balancer);
  deploy(fleet, balancer, load);
  load.stop();
  CHECK_THAT(await_quiet(fleet), Catch::Equals(""));
  for (const auto& complaint : load.complaints()) FAIL_CHECK(complaint);
  for (const auto& complaint : fleet.complaints()) FAIL_CHECK(complaint);
  const auto url = fleet.servers().database_url();
  esteira::test::Broker broker(fleet.servers().rabbitmq_url());
  for (const auto& complaint :
       check(load.take_history(), esteira::faults::take_snapshot(url, broker, fleet.queues()))) {
    FAIL_CHECK(complaint);
  }
  pqxx::connection connection(url);
  CHECK(pqxx::nontransaction(connection).exec1("select count(*) from order_events where attempt <> 1")[0].as<int>() ==
        0);
}
