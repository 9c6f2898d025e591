#include "tests/support/mock_provider.hpp"

#include <stdexcept>
#include <utility>

#include "tests/support/environment.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {
namespace {

constexpr std::chrono::seconds kListenTimeout{60};

std::vector<std::string> arguments(std::vector<std::string> options) {
  std::vector<std::string> all{source_dir() / "tests/support/mock_provider.py", "--listen", "127.0.0.1:0"};
  all.insert(all.end(), std::make_move_iterator(options.begin()), std::make_move_iterator(options.end()));
  return all;
}

/// 0 while it does not listen.
std::uint16_t listening_port(const std::string& output) {
  const std::string text = "listening on 127.0.0.1:";
  const auto found = output.find(text);
  if (found == std::string::npos || output.find('\n', found) == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::stoul(output.substr(found + text.size())));
}

}  // namespace

MockProvider::MockProvider(std::vector<std::string> options)
    : process_("/usr/bin/python3", arguments(std::move(options)), {}) {
  if (!wait_until([this] { return (port_ = listening_port(process_.output())) != 0; }, kListenTimeout))
    throw std::runtime_error("the mock provider does not listen:\n" + process_.output());
}

nlohmann::json MockProvider::ledger() const {
  return nlohmann::json::parse(http_request(port_, "GET", "/ledger").body);
}

std::int64_t sum_of_cents(const nlohmann::json& entries) {
  std::int64_t sum = 0;
  for (const auto& entry : entries) sum += entry.at("cents").get<std::int64_t>();
  return sum;
}

}  // namespace esteira::test
