#include "tests/support/mock_provider.hpp"

#include <csignal>
#include <random>
#include <stdexcept>
#include <utility>

#include "tests/support/environment.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {
namespace {

constexpr std::chrono::seconds kListenTimeout{60};
// Below the range of ephemeral ports: no connection takes the port while the provider is dead.
constexpr std::uint16_t kFirstPort = 20'000;
constexpr std::uint16_t kLastPort = 31'999;
constexpr int kPortsToTry = 20;

}  // namespace

MockProvider::MockProvider(std::vector<std::string> options) : options_(std::move(options)) {
  std::random_device random;
  std::uniform_int_distribution<std::uint16_t> any_port(kFirstPort, kLastPort);
  for (int tried = 0; tried < kPortsToTry && port_ == 0; ++tried) {
    if (const auto port = any_port(random); listen(port)) port_ = port;
  }
  if (port_ == 0) throw std::runtime_error("the mock provider does not listen:\n" + process_->output());
}

bool MockProvider::listen(std::uint16_t port) {
  std::vector<std::string> arguments{source_dir() / "tests/support/mock_provider.py", "--listen",
                                     "127.0.0.1:" + std::to_string(port)};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  process_ = std::make_unique<Process>("/usr/bin/python3", arguments, std::map<std::string, std::string>{});
  const auto listens = [this] { return process_->output().find("listening on ") != std::string::npos; };
  wait_until([&] { return listens() || process_->wait(std::chrono::milliseconds(0)); }, kListenTimeout);
  if (listens()) return true;
  process_->signal(SIGKILL);
  process_->wait();
  return false;
}

nlohmann::json MockProvider::ledger() const {
  return nlohmann::json::parse(http_request(port_, "GET", "/ledger").body);
}

void MockProvider::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

void MockProvider::start() {
  if (!listen(port_)) throw std::runtime_error("the mock provider does not start again:\n" + process_->output());
}

void MockProvider::freeze() { process_->signal(SIGSTOP); }
void MockProvider::thaw() { process_->signal(SIGCONT); }

void MockProvider::set_faults(double share, const std::vector<std::string>& kinds) const {
  const auto answer = http_request(port_, "PUT", "/faults", nlohmann::json{{"share", share}, {"kinds", kinds}}.dump());
  if (answer.status != 200) throw std::runtime_error("the mock provider refuses the faults: " + answer.body);
}

std::int64_t sum_of_cents(const nlohmann::json& entries) {
  std::int64_t sum = 0;
  for (const auto& entry : entries) sum += entry.at("cents").get<std::int64_t>();
  return sum;
}

}  // namespace esteira::test
