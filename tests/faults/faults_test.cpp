#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "plugins/shipped_stages.hpp"
#include "tests/faults/await_idle.hpp"
#include "tests/faults/checker.hpp"
#include "tests/faults/fault_injector.hpp"
#include "tests/faults/load.hpp"
#include "tests/faults/money_check.hpp"
#include "tests/faults/operators.hpp"

using namespace std::chrono_literals;
using esteira::faults::Deployment;
using esteira::faults::describe;
using esteira::faults::Fault;
using esteira::faults::History;

namespace {

constexpr int kMaxRedriveRounds = 5;

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

void print_answers(const char* name, const std::map<int, int>& answers) {
  for (const auto& [status, times] : answers)
    std::printf("%s %s: %d\n", name, status == 0 ? "missing" : std::to_string(status).c_str(), times);
}

/// The stages of checkout, at which an order fails only because of an outage. `esteira dlq list` prints their lines.
bool has_dead_letters_of_checkout(Deployment& deployment, const std::string& stage) {
  const auto [code, lines] = deployment.run_cli({"dlq", "list", "--json", "--stage", stage});
  return code != 0 || !lines.empty();
}

/// Ends the outages for good, redrives what failed because of them, and waits until nothing moves any more.
void settle(Deployment& deployment, esteira::faults::Load& load) {
  deployment.provider().set_faults(0, Deployment::provider_fault_kinds());
  const auto place = [&load] { load.place_answered(); };
  CHECK_THAT(await_idle(deployment, place), Catch::Equals(""));
  for (int round = 0; round < kMaxRedriveRounds; ++round) {
    bool is_redriven = false;
    for (const std::string stage : esteira::kCheckoutStages) {
      if (!has_dead_letters_of_checkout(deployment, stage)) continue;
      is_redriven = true;
      std::printf("%s", deployment.run_cli({"dlq", "redrive", "--yes", "--stage", stage}).second.c_str());
    }
    if (!is_redriven) break;
    CHECK_THAT(await_idle(deployment, place), Catch::Equals(""));
  }
  // Commands that a fault interrupted leave messages behind that nobody needs.
  const auto [code, text] = deployment.run_cli({"dlq", "collect"});
  INFO(text);
  CHECK(code == 0);
}

void print_sum(const char* name, std::size_t count, std::int64_t cents) {
  std::printf("%s %zu of %lld.%02lld", name, count, static_cast<long long>(cents / 100),
              static_cast<long long>(cents % 100));
}

void print_money(const esteira::faults::Snapshot& snapshot) {
  const auto money = esteira::faults::money_of(snapshot);
  const auto paid = std::count_if(snapshot.orders.begin(), snapshot.orders.end(), [](const auto& order) {
    return order.second.status == "completed" && order.second.cents > 0;
  });
  std::printf("money: ");
  print_sum("charges", snapshot.ledger.charges.size(), money.charges);
  print_sum(" = refunds", snapshot.ledger.refunds.size(), money.refunds);
  print_sum(" + paid orders", static_cast<std::size_t>(paid), money.paid);
  std::printf("\n");
}

void print_orders(const esteira::faults::Snapshot& snapshot) {
  std::map<std::string, int> ends;
  for (const auto& [id, order] : snapshot.orders)
    ++ends[std::string(order.cents > 0 ? "checkout " : "default ") + order.status];
  for (const auto& [end, count] : ends) std::printf("%5d  %s\n", count, end.c_str());
}

void print_summary(const std::vector<Fault>& plan, const History& history) {
  std::map<std::string, int> kinds;
  for (const auto& fault : plan) ++kinds[name_of(fault.kind)];
  for (const auto& [kind, times] : kinds) std::printf("%5d  %s\n", times, kind.c_str());
  std::map<int, int> answers;
  std::map<int, int> cancellations;
  for (const auto& [key, request] : history) {
    for (const auto& answer : request.answers) ++answers[answer.status];
    for (const auto status : request.cancel_answers) ++cancellations[status];
  }
  std::printf("orders: %zu\n", history.size());
  print_answers("responses", answers);
  print_answers("responses to cancellations", cancellations);
}

}  // namespace

TEST_CASE("random faults under load lose no order, duplicate none, keep no money, and every order ends") {
  const auto seed = number_from("ESTEIRA_FAULTS_SEED", std::random_device()());
  std::printf("seed: %llu\n", static_cast<unsigned long long>(seed));
  const auto plan = planned_faults(seed);
  Deployment deployment("faults");
  esteira::faults::Load load(deployment, seed);
  esteira::faults::Operators operators(deployment, seed);
  inject_all(deployment, plan);
  operators.stop();
  load.stop(120s);
  CHECK_NOTHROW(deployment.await_ready());
  settle(deployment, load);
  const auto history = load.take_history();
  print_summary(plan, history);
  for (const auto& [result, times] : operators.results()) std::printf("%5d  %s\n", times, result.c_str());
  const auto audit = deployment.run_cli({"audit", "--grace-period", "1s"});
  INFO(audit.second);
  CHECK(audit.first == 0);
  esteira::test::Broker broker(deployment.servers().rabbitmq_url());
  auto snapshot = esteira::faults::take_snapshot(deployment.servers().database_url(), broker, deployment.queues());
  snapshot.ledger = esteira::faults::read_ledger(deployment.provider().ledger());
  print_orders(snapshot);
  print_money(snapshot);
  for (const auto& violation : check(history, snapshot)) FAIL_CHECK(violation);
  for (const auto& failure : deployment.failures()) FAIL_CHECK(failure);
  std::printf("seed: %llu\n", static_cast<unsigned long long>(seed));
}
