#include "cli/plugin/plugin_try.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <esteira/names.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/plugin/plugin.hpp"
#include "cli/plugin/trial.hpp"
#include "cli/plugin/trial_order.hpp"

namespace esteira::cli {
namespace {

constexpr std::size_t kMaxAttempt = 1000;

struct TryOptions {
  Trial::Options trial;
  std::optional<std::string> order;  ///< a file with one order
  std::optional<std::string> all;    ///< a file with one order a line
  std::optional<std::string> stage;
  std::optional<std::size_t> attempt;
  std::optional<std::chrono::milliseconds> timeout;
};

std::string read_file(const std::string& name) {
  if (name == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  // A pipe is as good as a file: --order <(jq ...).
  if (!std::filesystem::exists(name) || std::filesystem::is_directory(name)) throw UsageError(name + " is no file");
  std::ifstream file(name, std::ios::binary);
  if (!file) throw UsageError(name + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

Message read_line(const std::string& name, std::size_t number, const std::string& line) {
  try {
    return read_trial_order(line);
  } catch (const UsageError& fault) {
    throw UsageError(name + " line " + std::to_string(number) + ": " + fault.what());
  }
}

std::vector<Message> read_lines(const std::string& name) {
  std::istringstream lines(read_file(name));
  std::vector<Message> messages;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") != std::string::npos) messages.push_back(read_line(name, number, line));
  }
  if (messages.empty()) throw UsageError(name + " has no order");
  return messages;
}

const char* kind_text(Outcome::Kind kind) {
  constexpr std::array<const char*, 4> kTexts{"done", "retry", "fail", "snooze"};
  return kTexts.at(static_cast<std::size_t>(kind));
}

const char* level_text(LogLevel level) {
  constexpr std::array<const char*, 4> kTexts{"debug", "info", "warn", "error"};
  return kTexts.at(static_cast<std::size_t>(level));
}

std::string number_text(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", number);
  return text.data();
}

std::string seconds_text(std::chrono::duration<double> time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f s", time.count());
  return text.data();
}

void print_done(const Trial& trial, const Outcome& outcome) {
  const auto& descriptor = trial.descriptor();
  if (!outcome.data().empty()) print_line("data", outcome.data());
  if (outcome.total()) print_line("total", outcome.total()->text());
  const std::string event = outcome.routing_key().empty() ? descriptor.publishes : outcome.routing_key();
  print_line("publishes", event.empty() ? "nothing" : event);
  if (*descriptor.status != '\0') print_line("status", descriptor.status);
}

void print_refusal(const Trial& trial) {
  const std::string event = trial.descriptor().refused;
  print_line("publishes", event.empty() ? "nothing: its message is a dead letter" : event);
}

void print_outcome(const Trial& trial, const TrialResult& result) {
  const auto& outcome = result.outcome;
  print_line("outcome", kind_text(outcome.kind()));
  if (outcome.kind() == Outcome::Kind::done) {
    print_done(trial, outcome);
  } else {
    print_line("reason", outcome.reason());
    if (outcome.kind() == Outcome::Kind::fail) print_refusal(trial);
    if (outcome.delay()) print_line("delay", seconds_text(*outcome.delay()));
  }
  print_line("time", seconds_text(result.time));
}

void print_logs(const testing::TestContext& context) {
  for (const auto& line : context.logs()) {
    std::string text(level_text(line.level));
    text.append(" ").append(line.text);
    for (const auto& [name, value] : line.fields) text.append(" ").append(name).append("=").append(value);
    print_line("log", text);
  }
}

void print_counters(const std::map<std::string, double>& counters) {
  for (const auto& [name, sum] : counters) print_line("counter", name + " " + number_text(sum));
}

void print_observations(const testing::TestContext& context) {
  for (const auto& [name, durations] : context.observations()) {
    for (const auto duration : durations) print_line("duration", name + " " + seconds_text(duration));
  }
}

int try_one(const TryOptions& options) {
  auto message = read_trial_order(read_file(*options.order));
  message.attempt = static_cast<int>(options.attempt.value_or(1));
  Trial trial(options.trial);
  const auto result = trial.run(std::move(message));
  print_outcome(trial, result);
  print_logs(result.context);
  print_counters(result.context.counters());
  print_observations(result.context);
  return result.outcome.kind() == Outcome::Kind::done ? 0 : 1;
}

int try_all(const TryOptions& options) {
  auto messages = read_lines(*options.all);
  Trial trial(options.trial);
  std::map<std::string, double> counters;
  std::array<std::size_t, 4> outcomes{};
  for (auto& message : messages) {
    message.attempt = static_cast<int>(options.attempt.value_or(1));
    const auto result = trial.run(std::move(message));
    const auto& outcome = result.outcome;
    const bool done = outcome.kind() == Outcome::Kind::done;
    std::printf("%-6s %9s  %s\n", kind_text(outcome.kind()), seconds_text(result.time).c_str(),
                (done ? outcome.data() : outcome.reason()).c_str());
    for (const auto& [name, sum] : result.context.counters()) counters[name] += sum;
    ++outcomes.at(static_cast<std::size_t>(outcome.kind()));
  }
  print_counters(counters);
  std::printf("%zu orders: %zu done, %zu retry, %zu fail, %zu snooze\n", messages.size(), outcomes[0], outcomes[1],
              outcomes[2], outcomes[3]);
  return outcomes[0] == messages.size() ? 0 : 1;
}

int try_plugin(TryOptions options) {
  if (options.order.has_value() == options.all.has_value()) throw UsageError("give either --order FILE or --all FILE");
  if (options.stage) {
    if (!names::is_name(*options.stage)) throw UsageError("--stage should be a name: [a-z][a-z0-9_-]*");
    options.trial.stage = *options.stage;
  }
  if (options.attempt > kMaxAttempt) throw UsageError("--attempt should be at most " + std::to_string(kMaxAttempt));
  if (options.timeout) options.trial.timeout = *options.timeout;
  return options.order ? try_one(options) : try_all(options);
}

}  // namespace

void add_plugin_try(CLI::App& plugin) {
  const auto options = std::make_shared<TryOptions>();
  auto& command = add_command(plugin, "try", "Run a plugin on orders, without a broker or a database.",
                              [options] { return try_plugin(*options); });
  add_argument(command, "PLUGIN", options->trial.plugin, kPluginHelp);
  add_text(command, "--order", "FILE", options->order, "One order: the body of POST /orders; - reads the input.");
  add_text(command, "--all", "FILE", options->all, "Many orders, one a line.");
  add_text(command, "--stage", "STAGE", options->stage, "The stage's name, and so that of its settings.");
  add_count(command, "--attempt", options->attempt, "The number of the attempt.");
  add_flag(command, "--cancelled", options->trial.cancelled, "Somebody has asked to cancel the orders.");
  add_duration(command, "--timeout", options->timeout, "Time that the handler has for one order.", "30s");
}

}  // namespace esteira::cli
