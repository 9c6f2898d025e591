#include "tests/faults/await_idle.hpp"

#include <chrono>
#include <pqxx/pqxx>
#include <thread>

namespace esteira::faults {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::minutes kMaxStandstill{2};
constexpr std::chrono::seconds kIdlePollInterval{2};
constexpr std::chrono::seconds kPlaceAfter{1};

std::string unfinished_orders(const std::string& database_url) {
  pqxx::connection connection(database_url);
  const auto counted = pqxx::nontransaction(connection)
                           .exec1(
                               "select (select count(*) from orders where status < 'completed'),"
                               " (select count(*) from outbox) + (select count(*) from scheduled_messages)");
  const auto orders = counted[0].as<int>();
  const auto events = counted[1].as<int>();
  if (orders == 0 && events == 0) return "";
  return std::to_string(orders) + " orders, " + std::to_string(events) + " events in the outbox and scheduled messages";
}

std::string nonempty_queues(Deployment& deployment) {
  std::string text;
  for (const auto& [queue, messages] : deployment.queues()) {
    if (messages > 0 && !queue.ends_with(".dead")) text += queue + ": " + std::to_string(messages) + " messages; ";
  }
  return text;
}

}  // namespace

std::string await_idle(Deployment& deployment, const std::function<void()>& place) {
  auto changed = Clock::now();
  for (std::string before;;) {
    auto left = unfinished_orders(deployment.servers().database_url());
    if (left.empty()) left = nonempty_queues(deployment);
    if (left.empty()) return "";
    if (left != before) changed = Clock::now();
    if (Clock::now() - changed > kMaxStandstill) return left;
    if (place && Clock::now() - changed > kPlaceAfter) place();
    before = left;
    std::this_thread::sleep_for(kIdlePollInterval);
  }
}

}  // namespace esteira::faults
