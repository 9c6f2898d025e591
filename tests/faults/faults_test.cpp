#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/faults/await_idle.hpp"
#include "tests/faults/checker.hpp"
#include "tests/faults/fault_injector.hpp"
#include "tests/faults/load.hpp"

using namespace std::chrono_literals;
using esteira::faults::Deployment;
using esteira::faults::describe;
using esteira::faults::Fault;
using esteira::faults::History;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr || *value == '\0' ? otherwise : std::strtoull(value, nullptr, 10);
}

std::vector<Fault> planned_faults(std::uint64_t seed) {
  const std::chrono::seconds duration(number_from("ESTEIRA_FAULTS_SECONDS", 60));
  // Short runs use short outages. Faults that only a long outage reveals are left to the long runs.
  return esteira::faults::make_plan(seed, duration, duration > 100s ? 20s : 5s, Deployment::programs());
}

void inject_all(Deployment& deployment, const std::vector<Fault>& plan) {
  esteira::faults::FaultInjector injector(deployment);
  const auto start = std::chrono::steady_clock::now();
  for (const auto& fault : plan) {
    const std::chrono::duration<double> now = std::chrono::steady_clock::now() - start;
    std::printf("%7.1f s  %s\n", now.count(), describe(fault).c_str());
    std::fflush(stdout);
    injector.inject(fault);
    deployment.restart_exited();
  }
}

void print_summary(const std::vector<Fault>& plan, const History& history) {
  std::map<std::string, int> kinds;
  for (const auto& fault : plan) ++kinds[name_of(fault.kind)];
  for (const auto& [kind, times] : kinds) std::printf("%5d  %s\n", times, kind.c_str());
  std::map<int, int> answers;
  for (const auto& [key, request] : history) {
    for (const auto& answer : request.answers) ++answers[answer.status];
  }
  std::printf("orders: %zu\n", history.size());
  for (const auto& [status, times] : answers) {
    std::printf("responses %s: %d\n", status == 0 ? "missing" : std::to_string(status).c_str(), times);
  }
}

}  // namespace

TEST_CASE("random faults under load lose no order, duplicate none, and every order completes or fails") {
  const auto seed = number_from("ESTEIRA_FAULTS_SEED", std::random_device()());
  std::printf("seed: %llu\n", static_cast<unsigned long long>(seed));
  const auto plan = planned_faults(seed);
  Deployment deployment("faults");
  esteira::faults::Load load(deployment, seed);
  inject_all(deployment, plan);
  load.stop(120s);
  CHECK_NOTHROW(deployment.await_ready());
  CHECK_THAT(await_idle(deployment, [&load] { load.place_answered(); }), Catch::Equals(""));
  const auto history = load.take_history();
  print_summary(plan, history);
  const auto audit = deployment.run_cli({"audit", "--grace-period", "1s"});
  INFO(audit.second);
  CHECK(audit.first == 0);
  esteira::test::Broker broker(deployment.servers().rabbitmq_url());
  const auto snapshot =
      esteira::faults::take_snapshot(deployment.servers().database_url(), broker, deployment.queues());
  for (const auto& violation : check(history, snapshot)) FAIL_CHECK(violation);
  for (const auto& failure : deployment.failures()) FAIL_CHECK(failure);
  std::printf("seed: %llu\n", static_cast<unsigned long long>(seed));
}
