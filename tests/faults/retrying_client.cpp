#include "tests/faults/retrying_client.hpp"

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/http_client.hpp"

namespace esteira::faults {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kSendInterval{125};
constexpr std::chrono::milliseconds kRetryPause{100};
constexpr std::chrono::seconds kResponseTimeout{4};
constexpr int kMaxPolledOrders = 40;
constexpr int kCancelledPercent = 8;
constexpr int kMaxSoonMs = 40;
constexpr int kMaxLaterMs = 1500;

}  // namespace

RetryingClient::RetryingClient(const Deployment& deployment, std::string name, std::uint64_t seed,
                               HistoryRecorder& recorder)
    : deployment_(deployment), name_(std::move(name)), random_(seed), recorder_(recorder) {}

void RetryingClient::run(const std::atomic<bool>& stopping, const std::atomic<bool>& aborting) {
  auto next = Clock::now();
  while (!stopping) {
    place(choose_order(), aborting);
    if (!accepted_.empty()) choose_cancellation();
    send_due_cancellations();
    if (chance(5)) send_duplicate();
    if (chance(50)) poll_order();
    next = std::max(next + kSendInterval, Clock::now());
    std::this_thread::sleep_until(next);
  }
  while (!aborting && !cancellations_.empty()) {
    send_due_cancellations();
    std::this_thread::sleep_for(kRetryPause);
  }
}

bool RetryingClient::chance(int percent) { return pick(1, 100) <= percent; }
int RetryingClient::pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }

const std::string& RetryingClient::any_replica() {
  const auto& replicas = Deployment::apis();
  return replicas.at(static_cast<std::size_t>(pick(0, static_cast<int>(replicas.size()) - 1)));
}

RetryingClient::Choice RetryingClient::choose_order() {
  Choice choice;
  auto& items = choice.items;
  items.reserve(4);
  for (int line = pick(1, 3); line > 0; --line) items.push_back({"SKU-" + std::to_string(pick(1, 50)), pick(1, 9)});
  if (chance(50)) {
    choice.unit_cents = pick(1, 9999);
    return choice;
  }
  if (chance(3)) items.push_back({kFailAlways, 1});
  if (chance(4)) items.push_back({kFailOnce, 1});
  return choice;
}

void RetryingClient::place_answered() { place({{{"SKU-1", 1}}, 0}, std::atomic<bool>(false)); }

void RetryingClient::place(const Choice& choice, const std::atomic<bool>& aborting) {
  const auto key = name_ + "-" + std::to_string(++placed_);
  const auto body = order_body(key, choice.items, choice.unit_cents);
  recorder_.place(key, choice.items, choice.unit_cents);
  const bool send_twice = chance(5);
  std::string order_id;
  while (!aborting) {
    order_id = send_twice ? send_to_both(key, body) : send(key, body, any_replica());
    if (!order_id.empty()) break;
    std::this_thread::sleep_for(kRetryPause);
  }
  if (order_id.empty()) return;
  accepted_.push_back({key, body, order_id});
}

std::string RetryingClient::send(const std::string& key, const std::string& body, const std::string& replica) {
  Answer answer;
  try {
    const auto response = test::http_request(
        deployment_.port(replica), "POST", "/orders", body,
        {test::Programs::authorization(), {"Content-Type", "application/json"}, {"X-Idempotency-Key", key}},
        kResponseTimeout);
    answer.status = response.status;
    if (response.status == 202) answer.order_id = nlohmann::json::parse(response.body).at("order_id");
  } catch (const std::exception&) {
    answer.status = 0;
  }
  recorder_.answer(key, answer);
  return answer.order_id;
}

std::string RetryingClient::send_to_both(const std::string& key, const std::string& body) {
  auto other = std::async(std::launch::async, [&] { return send(key, body, Deployment::apis().back()); });
  const auto order_id = send(key, body, Deployment::apis().front());
  const auto other_id = other.get();
  return order_id.empty() ? other_id : order_id;
}

void RetryingClient::send_duplicate() {
  if (accepted_.empty()) return;
  const auto& [key, body, order_id] =
      accepted_.at(static_cast<std::size_t>(pick(0, static_cast<int>(accepted_.size()) - 1)));
  send(key, body, any_replica());
}

void RetryingClient::poll_order() {
  if (accepted_.empty()) return;
  const auto last = static_cast<int>(accepted_.size()) - 1;
  const auto& [key, body, order_id] =
      accepted_.at(static_cast<std::size_t>(pick(std::max(0, last - kMaxPolledOrders), last)));
  try {
    const auto response = test::http_request(deployment_.port(any_replica()), "GET", "/orders/" + order_id, "",
                                             {test::Programs::authorization()}, kResponseTimeout);
    if (response.status == 404) recorder_.observe(key, "404");
    if (response.status == 200) recorder_.observe(key, nlohmann::json::parse(response.body).at("status"));
  } catch (const std::exception&) {
    return;  // no response, so nothing was observed
  }
}

void RetryingClient::choose_cancellation() {
  if (!chance(kCancelledPercent)) return;
  const auto& [key, body, order_id] = accepted_.back();
  // Half of them meet the first stages of the order, and the others any stage or the end.
  const std::chrono::milliseconds delay(chance(50) ? pick(0, kMaxSoonMs) : pick(0, kMaxLaterMs));
  cancellations_.push_back({key, order_id, Clock::now() + delay});
  if (delay.count() <= kMaxSoonMs) std::this_thread::sleep_for(delay);
}

void RetryingClient::send_due_cancellations() {
  std::erase_if(cancellations_, [this](const Cancellation& cancellation) {
    return cancellation.due <= Clock::now() && send_cancellation(cancellation);
  });
}

bool RetryingClient::send_cancellation(const Cancellation& cancellation) {
  int status = 0;
  try {
    status = test::http_request(deployment_.port(any_replica()), "POST", "/orders/" + cancellation.order_id + "/cancel",
                                "", {test::Programs::authorization()}, kResponseTimeout)
                 .status;
  } catch (const std::exception&) {
    status = 0;
  }
  recorder_.answer_cancellation(cancellation.key, status);
  return status != 0 && status != 503;
}

}  // namespace esteira::faults
