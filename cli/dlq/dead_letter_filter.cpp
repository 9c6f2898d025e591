#include "cli/dlq/dead_letter_filter.hpp"

#include "cli/command_line.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::cli {

void add_stage_option(CLI::App& command, DeadLetterFilter& filter) {
  add_text(command, "--stage", "STAGE", filter.stage, "Only dead letters of this stage (default: of all stages).");
}

void add_filter_options(CLI::App& command, DeadLetterFilter& filter) {
  add_stage_option(command, filter);
  add_option(command, "--order", "ID", "Only dead letters of the order with this id, a UUID.",
             [&filter](const std::string& text) {
               filter.order = runtime::canonical_uuid(text);
               if (!filter.order) throw UsageError("--order: expected an order id, a UUID, got '" + text + "'");
             });
  add_text(command, "--reason", "TEXT", filter.reason, "Only dead letters whose reason contains this text.");
  add_duration(command, "--older-than", filter.older_than,
               "Only dead letters that are older than this, such as 90s, 5m, 1h or 2d.");
  add_duration(command, "--since", filter.since, "Only dead letters of the last 90s, 5m, 1h or 2d, for example.");
  add_renamed(command, "--older", "--older-than");
}

}  // namespace esteira::cli
