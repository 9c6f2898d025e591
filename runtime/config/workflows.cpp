#include "runtime/config/workflows.hpp"

#include <algorithm>

namespace esteira::runtime {

Workflows Workflows::read(const Config& config) {
  Workflows read;
  read.workflows_.clear();
  for (const auto& entry : config.list("ESTEIRA_WORKFLOWS")) {
    const auto equals = entry.find('=');
    read.workflows_.push_back({entry.substr(0, equals), entry.substr(equals + 1)});
  }
  const auto& wanted = config.text("ESTEIRA_WORKFLOW");
  if (read.workflows_.empty())
    read.workflows_.push_back({wanted.empty() ? "default" : wanted, config.text("ESTEIRA_FIRST_EVENT")});
  read.fallback_ = wanted.empty() ? read.workflows_.front().name : wanted;
  read.find_configured(read.fallback_, "ESTEIRA_WORKFLOW");
  for (const auto& name : config.list("ESTEIRA_PRICED_WORKFLOWS"))
    read.find_configured(name, "ESTEIRA_PRICED_WORKFLOWS").needs_prices = true;
  return read;
}

const ConfiguredWorkflow* Workflows::find(std::string_view name) const {
  const auto found = std::ranges::find(workflows_, name, &ConfiguredWorkflow::name);
  return found == workflows_.end() ? nullptr : &*found;
}

ConfiguredWorkflow& Workflows::find_configured(std::string_view name, std::string_view setting) {
  const auto found = std::ranges::find(workflows_, name, &ConfiguredWorkflow::name);
  if (found != workflows_.end()) return *found;
  throw ConfigError(
      std::string(setting).append(" should name workflows of ESTEIRA_WORKFLOWS: one of ").append(names()));
}

std::string Workflows::names() const {
  std::string names;
  for (const auto& workflow : workflows_) names.append(names.empty() ? "" : ", ").append(workflow.name);
  return names;
}

std::vector<std::string> Workflows::first_events() const {
  std::vector<std::string> events;
  for (const auto& workflow : workflows_) events.push_back(workflow.first_event);
  return events;
}

}  // namespace esteira::runtime
