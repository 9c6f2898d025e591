#include "tests/faults/client.hpp"

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/http_client.hpp"

namespace esteira::faults {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPace{125};
constexpr std::chrono::milliseconds kBetweenTries{100};
constexpr std::chrono::seconds kAnswerPatience{4};
constexpr int kLookBack = 40;

}  // namespace

Client::Client(const Fleet& fleet, std::string name, std::uint64_t seed, HistoryLog& log)
    : fleet_(fleet), name_(std::move(name)), random_(seed), log_(log) {}

void Client::run(const std::atomic<bool>& stopping, const std::atomic<bool>& giving_up) {
  auto next = Clock::now();
  while (!stopping) {
    place(giving_up);
    if (chance(5)) send_again();
    if (chance(50)) look();
    next = std::max(next + kPace, Clock::now());
    std::this_thread::sleep_until(next);
  }
}

bool Client::chance(int percent) { return pick(1, 100) <= percent; }
int Client::pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }

const std::string& Client::any_replica() {
  const auto& replicas = Fleet::apis();
  return replicas.at(static_cast<std::size_t>(pick(0, static_cast<int>(replicas.size()) - 1)));
}

std::vector<Item> Client::choose_items() {
  std::vector<Item> items;
  items.reserve(4);
  for (int line = pick(1, 3); line > 0; --line) items.push_back({"SKU-" + std::to_string(pick(1, 50)), pick(1, 9)});
  if (chance(3)) items.push_back({kFailAlways, 1});
  if (chance(4)) items.push_back({kFailOnce, 1});
  return items;
}

void Client::place(const std::atomic<bool>& giving_up) {
  const auto key = name_ + "-" + std::to_string(++placed_);
  const auto items = choose_items();
  const auto body = order_body(key, items);
  log_.place(key, items);
  const bool is_doubled = chance(5);
  std::string order_id;
  while (!giving_up) {
    order_id = is_doubled ? send_to_both(key, body) : send(key, body, any_replica());
    if (!order_id.empty()) break;
    std::this_thread::sleep_for(kBetweenTries);
  }
  if (!order_id.empty()) accepted_.push_back({key, body, order_id});
}

std::string Client::send(const std::string& key, const std::string& body, const std::string& replica) {
  Answer answer;
  try {
    const auto told = test::http_request(
        fleet_.door(replica), "POST", "/orders", body,
        {test::Programs::authorization(), {"Content-Type", "application/json"}, {"X-Idempotency-Key", key}},
        kAnswerPatience);
    answer.status = told.status;
    if (told.status == 202) answer.order_id = nlohmann::json::parse(told.body).at("order_id");
  } catch (const std::exception&) {
    answer.status = 0;
  }
  log_.answer(key, answer);
  return answer.order_id;
}

std::string Client::send_to_both(const std::string& key, const std::string& body) {
  auto other = std::async(std::launch::async, [&] { return send(key, body, Fleet::apis().back()); });
  const auto named = send(key, body, Fleet::apis().front());
  const auto also_named = other.get();
  return named.empty() ? also_named : named;
}

void Client::send_again() {
  if (accepted_.empty()) return;
  const auto& [key, body, order_id] =
      accepted_.at(static_cast<std::size_t>(pick(0, static_cast<int>(accepted_.size()) - 1)));
  send(key, body, any_replica());
}

void Client::look() {
  if (accepted_.empty()) return;
  const auto last = static_cast<int>(accepted_.size()) - 1;
  const auto& [key, body, order_id] = accepted_.at(static_cast<std::size_t>(pick(std::max(0, last - kLookBack), last)));
  try {
    const auto told = test::http_request(fleet_.door(any_replica()), "GET", "/orders/" + order_id, "",
                                         {test::Programs::authorization()}, kAnswerPatience);
    if (told.status == 404) log_.observe(key, "404");
    if (told.status == 200) log_.observe(key, nlohmann::json::parse(told.body).at("status"));
  } catch (const std::exception&) {
    return;  // nothing was seen
  }
}

}  // namespace esteira::faults
