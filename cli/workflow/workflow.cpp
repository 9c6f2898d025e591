#include "cli/workflow/workflow.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/installation.hpp"
#include "cli/workflow/workflow_dot.hpp"
#include "runtime/orders/workers/stage_overview.hpp"
#include "runtime/orders/workers/workflow_check.hpp"
#include "runtime/text/lists.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;

std::vector<orders::StageOverview> registered_stages(const Installation& installation) {
  runtime::postgres::Session session(installation.database_url, "esteira workflow");
  return orders::read_stages(session, installation.exchange);
}

std::string stage_text(const orders::StageOverview& stage) {
  if (stage.plugin.empty()) return "not registered by a host of this version";
  auto text =
      runtime::join_list(stage.consumes, " or ") + " -> " + (stage.publishes.empty() ? "nothing" : stage.publishes);
  if (!stage.status.empty()) text += ", status " + stage.status;
  if (!stage.refused.empty()) text += ", refuses with " + stage.refused;
  return text;
}

void print_stages(const std::vector<orders::StageOverview>& stages) {
  for (const auto& stage : stages) std::printf("  %-14s %s\n", stage.stage.c_str(), stage_text(stage).c_str());
}

int show_workflows(bool as_dot) {
  const auto installation = Installation::from_environment();
  auto stages = registered_stages(installation);
  if (as_dot) {
    std::fputs(workflow_dot(stages, installation.workflows.all()).c_str(), stdout);
    return 0;
  }
  auto others = stages;
  for (const auto& workflow : installation.workflows.all()) {
    const auto found = orders::stages_of_workflow(stages, workflow.first_event);
    std::printf("workflow %s begins with %s\n", workflow.name.c_str(), workflow.first_event.c_str());
    print_stages(found);
    for (const auto& stage : found) {
      std::erase_if(others, [&](const orders::StageOverview& other) { return other.stage == stage.stage; });
    }
  }
  if (!others.empty()) std::puts("stages of no workflow");
  print_stages(others);
  return 0;
}

std::vector<std::string> find_faults(const Installation& installation) {
  const auto stages = registered_stages(installation);
  std::vector<std::string> faults;
  for (auto& fault :
       orders::find_workflow_faults(stages, {installation.workflows.first_events(), installation.optional_events}))
    faults.push_back(std::move(fault.text));
  for (const auto& workflow : installation.workflows.all()) {
    for (auto& fault : orders::check_workflow(stages, {workflow.name, workflow.first_event})) {
      if (std::ranges::find(faults, fault) == faults.end()) faults.push_back(std::move(fault));
    }
  }
  return faults;
}

int check_workflows() {
  const auto installation = Installation::from_environment();
  const auto faults = find_faults(installation);
  for (const auto& fault : faults) std::printf("FAIL  %s\n", fault.c_str());
  if (faults.empty()) std::printf("ok    workflows: %s\n", installation.workflows.names().c_str());
  return faults.empty() ? 0 : 1;
}

}  // namespace

void add_workflow(CLI::App& program) {
  auto& workflow = add_group(program, "workflow", "Show or check the workflows of the installation.");
  const auto dot = std::make_shared<bool>(false);
  auto& show = add_command(workflow, "show", "Show the stages of each workflow, as their hosts have registered them.",
                           [dot] { return show_workflows(*dot); });
  add_flag(show, "--dot", *dot, "Print a graph in the language of Graphviz: esteira workflow show --dot | dot -Tsvg");
  add_command(workflow, "check", "Find faults in how the stages are connected; ends with 1 when there is one.",
              check_workflows);
}

}  // namespace esteira::cli
