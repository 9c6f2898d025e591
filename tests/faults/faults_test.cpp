#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/faults/checker.hpp"
#include "tests/faults/injector.hpp"
#include "tests/faults/load.hpp"
#include "tests/faults/settling.hpp"

using namespace std::chrono_literals;
using esteira::faults::describe;
using esteira::faults::Fault;
using esteira::faults::Fleet;
using esteira::faults::History;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr || *value == '\0' ? otherwise : std::strtoull(value, nullptr, 10);
}

std::vector<Fault> planned_faults(std::uint64_t seed) {
  const std::chrono::seconds duration(number_from("ESTEIRA_FAULTS_SECONDS", 60));
  // A short run cannot wait for long; what only a long absence shows is left to the long runs.
  return esteira::faults::make_plan(seed, duration, duration > 100s ? 20s : 5s, Fleet::programs());
}

void inject_all(Fleet& fleet, const std::vector<Fault>& plan) {
  esteira::faults::Injector injector(fleet);
  const auto began = std::chrono::steady_clock::now();
  for (const auto& fault : plan) {
    const std::chrono::duration<double> now = std::chrono::steady_clock::now() - began;
    std::printf("%7.1f s  %s\n", now.count(), describe(fault).c_str());
    std::fflush(stdout);
    injector.inject(fault);
    fleet.tend();
  }
}

void tell(const std::vector<Fault>& plan, const History& history) {
  std::map<std::string, int> kinds;
  for (const auto& fault : plan) ++kinds[name_of(fault.kind)];
  for (const auto& [kind, times] : kinds) std::printf("%5d  %s\n", times, kind.c_str());
  std::map<int, int> answers;
  for (const auto& [key, request] : history) {
    for (const auto& answer : request.answers) ++answers[answer.status];
  }
  std::printf("orders: %zu\n", history.size());
  for (const auto& [status, times] : answers) {
    std::printf("answers %s: %d\n", status == 0 ? "that never came" : std::to_string(status).c_str(), times);
  }
}

}  // namespace

TEST_CASE("random faults under load lose no order, duplicate none, and every order completes or fails") {
  const auto seed = number_from("ESTEIRA_FAULTS_SEED", std::random_device()());
  std::printf("seed: %llu\n", static_cast<unsigned long long>(seed));
  const auto plan = planned_faults(seed);
  Fleet fleet("faults");
  esteira::faults::Load load(fleet, seed);
  inject_all(fleet, plan);
  load.stop(120s);
  const auto history = load.take_history();
  CHECK_NOTHROW(fleet.await_ready());
  CHECK_THAT(await_quiet(fleet), Catch::Equals(""));
  tell(plan, history);
  const auto audit = fleet.run_cli({"audit", "--settle", "1s"});
  INFO(audit.second);
  CHECK(audit.first == 0);
  esteira::test::Broker broker(fleet.servers().rabbitmq_url());
  const auto snapshot = esteira::faults::take_snapshot(fleet.servers().database_url(), broker, fleet.queues());
  for (const auto& complaint : check(history, snapshot)) FAIL_CHECK(complaint);
  for (const auto& complaint : fleet.complaints()) FAIL_CHECK(complaint);
  std::printf("seed: %llu\n", static_cast<unsigned long long>(seed));
}
