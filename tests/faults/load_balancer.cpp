#include "tests/faults/load_balancer.hpp"

#include <chrono>
#include <stdexcept>

namespace esteira::faults {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};
constexpr std::chrono::seconds kPollTimeout{2};
constexpr std::chrono::seconds kPostTimeout{30};

bool is_ready(std::uint16_t port) {
  try {
    return port != 0 && test::http_request(port, "GET", "/readyz", "", {}, kPollTimeout).status == 200;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

LoadBalancer::LoadBalancer(const Deployment& deployment) : deployment_(deployment), thread_([this] { run(); }) {}

LoadBalancer::~LoadBalancer() {
  stopping_ = true;
  thread_.join();
}

std::vector<std::uint16_t> LoadBalancer::ready() const {
  const std::lock_guard lock(mutex_);
  return ready_;
}

void LoadBalancer::run() {
  while (!stopping_) {
    std::vector<std::uint16_t> found;
    for (const auto& name : Deployment::apis()) {
      const auto port = deployment_.port(name);
      if (is_ready(port)) found.push_back(port);
    }
    {
      const std::lock_guard lock(mutex_);
      ready_ = std::move(found);
    }
    std::this_thread::sleep_for(kPollInterval);
  }
}

test::HttpAnswer BalancedClient::post(const std::string& key, const std::string& body) {
  const auto ready = balancer_.ready();
  if (ready.empty()) throw std::runtime_error("no replica is ready");
  const auto port = ready.at(turn_++ % ready.size());
  auto& connection = connections_.try_emplace(port, port).first->second;
  const auto [header, token] = test::Programs::authorization();
  connection.send("POST /orders HTTP/1.1\r\nHost: localhost\r\n" + header + ": " + token +
                  "\r\nContent-Type: application/json\r\nX-Idempotency-Key: " + key +
                  "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  const auto answer = connection.receive(kPostTimeout);
  const bool is_last = !answer || answer->headers.at("connection") == "close";
  if (is_last) connections_.erase(port);
  if (!answer) throw std::runtime_error("the replica at " + std::to_string(port) + " broke the connection");
  return *answer;
}

}  // namespace esteira::faults
