#include "tests/faults/operators.hpp"

#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

namespace esteira::faults {
namespace {

using Command = std::vector<std::string>;

constexpr std::chrono::milliseconds kMinPause{500};
constexpr std::chrono::milliseconds kMaxPause{3000};
constexpr std::chrono::minutes kCommandTimeout{3};

/// What an operator runs. Orders that always fail come back each time, so a command for all stages takes only some.
const std::vector<Command>& commands() {
  static const std::vector<Command> all{
      {"dlq", "redrive", "--yes", "--limit", "5"},        {"dlq", "redrive", "--yes", "--stage", "payment"},
      {"dlq", "redrive", "--yes", "--stage", "shipping"}, {"dlq", "redrive", "--yes", "--stage", "delivery"},
      {"dlq", "redrive", "--yes", "--stage", "refund"},   {"dlq", "give-up", "--yes", "--stage", "shipping"},
  };
  return all;
}

std::string text_of(const Command& command) {
  std::string text = "esteira";
  for (const auto& word : command) text += " " + word;
  return text;
}

}  // namespace

Operators::Operators(Deployment& deployment, std::uint64_t seed)
    : environment_(deployment.cli_environment()), random_(seed), thread_([this] { run(); }) {}

void Operators::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Operators::run() {
  std::uniform_int_distribution<std::int64_t> pause(kMinPause.count(), kMaxPause.count());
  while (!test::wait_until([this] { return stopping_.load(); }, std::chrono::milliseconds(pause(random_)))) {
    run_command();
  }
}

void Operators::run_command() {
  std::uniform_int_distribution<std::size_t> any_command(0, commands().size() - 1);
  const auto& command = commands().at(any_command(random_));
  test::Process process(test::build_dir() / "bin" / "esteira", command, environment_);
  const auto code = process.wait(kCommandTimeout);
  ++results_[text_of(command) + ": " + (code ? "exit code " + std::to_string(*code) : "did not end")];
}

}  // namespace esteira::faults
