#include <catch2/catch.hpp>
#include <pqxx/pqxx>

#include "tests/faults/await_idle.hpp"
#include "tests/faults/balanced_load.hpp"
#include "tests/faults/checker.hpp"
#include "tests/support/wait.hpp"

using esteira::faults::BalancedLoad;
using esteira::faults::Deployment;
using esteira::faults::LoadBalancer;

namespace {

/// Restarts one program after the other. Each is ready and orders are accepted before the next one is restarted.
void deploy(Deployment& deployment, const LoadBalancer& balancer, const BalancedLoad& load) {
  for (const auto& name : Deployment::programs()) {
    INFO(name);
    const auto before = load.accepted();
    deployment.restart(name);
    deployment.await_ready(name);
    CHECK(esteira::test::wait_until([&] { return balancer.ready().size() == Deployment::apis().size(); }));
    CHECK(esteira::test::wait_until([&] { return load.accepted() > before + 20; }));
  }
}

}  // namespace

TEST_CASE("a rolling deploy under load causes no client error, no failed order and no extra attempt") {
  // The drain delay is the default, not the one of the tests.
  Deployment deployment("deploys", {{"api/ESTEIRA_DRAIN_DELAY", ""}, {"ENRICH_DELAY", "200ms"}});
  const LoadBalancer balancer(deployment);
  REQUIRE(esteira::test::wait_until([&] { return balancer.ready().size() == Deployment::apis().size(); }));
  BalancedLoad load(balancer);
  deploy(deployment, balancer, load);
  load.stop();
  CHECK_THAT(await_idle(deployment), Catch::Equals(""));
  for (const auto& failure : load.failures()) FAIL_CHECK(failure);
  for (const auto& failure : deployment.failures()) FAIL_CHECK(failure);
  const auto url = deployment.servers().database_url();
  esteira::test::Broker broker(deployment.servers().rabbitmq_url());
  for (const auto& violation :
       check(load.take_history(), esteira::faults::take_snapshot(url, broker, deployment.queues()))) {
    FAIL_CHECK(violation);
  }
  pqxx::connection connection(url);
  CHECK(pqxx::nontransaction(connection).exec1("select count(*) from order_events where attempt <> 1")[0].as<int>() ==
        0);
}
