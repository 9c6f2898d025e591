#include "cli/stage/stage_pause.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "cli/command_line.hpp"
#include "cli/installation.hpp"
#include "runtime/orders/workers/stage_pause.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;

constexpr std::size_t kMaxReason = 200;

struct PauseOptions {
  std::string stage;
  std::optional<std::string> reason;
};

[[noreturn]] void refuse_unknown(const std::string& stage) {
  throw std::runtime_error("no stage " + stage + " is registered; see: esteira stage list");
}

int pause(const PauseOptions& options) {
  const auto installation = Installation::from_environment();
  runtime::postgres::Session session(installation.database_url, "esteira stage");
  const auto before = orders::find_pause(session, installation.exchange, options.stage);
  const auto reason = runtime::clean_utf8(options.reason.value_or(""), kMaxReason);
  if (!orders::pause_stage(session, installation.exchange, options.stage, reason)) refuse_unknown(options.stage);
  if (before) {
    std::printf("stage %s is paused since %s\n", options.stage.c_str(), before->since.c_str());
  } else {
    std::printf(
        "stage %s is paused: its hosts start no handler from their next heartbeat on (2 s); go on with: "
        "esteira stage resume %s\n",
        options.stage.c_str(), options.stage.c_str());
  }
  return 0;
}

int resume(const std::string& stage) {
  const auto installation = Installation::from_environment();
  runtime::postgres::Session session(installation.database_url, "esteira stage");
  switch (orders::resume_stage(session, installation.exchange, stage)) {
    case orders::ResumeResult::unknown_stage:
      refuse_unknown(stage);
    case orders::ResumeResult::was_not_paused:
      std::printf("stage %s is not paused\n", stage.c_str());
      break;
    case orders::ResumeResult::resumed:
      std::printf("stage %s is resumed: its hosts go on at their next heartbeat (2 s)\n", stage.c_str());
      break;
  }
  return 0;
}

}  // namespace

void add_stage_pause(CLI::App& stage) {
  const auto options = std::make_shared<PauseOptions>();
  auto& command = add_command(stage, "pause", "Pause a stage: its hosts start no handler until it is resumed.",
                              [options] { return pause(*options); });
  add_argument(command, "NAME", options->stage, "Name of the stage, as stage list shows it.");
  add_text(command, "--reason", "TEXT", options->reason, "Why; shown by stage list and in the hosts' logs.");
}

void add_stage_resume(CLI::App& stage) {
  const auto name = std::make_shared<std::string>();
  auto& command =
      add_command(stage, "resume", "Let the hosts of a paused stage go on.", [name] { return resume(*name); });
  add_argument(command, "NAME", *name, "Name of the stage, as stage list shows it.");
}

}  // namespace esteira::cli
