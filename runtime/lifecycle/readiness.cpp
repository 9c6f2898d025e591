#include "runtime/lifecycle/readiness.hpp"

namespace esteira::runtime {

void Readiness::require(std::string name, Condition condition) {
  const std::lock_guard lock(mutex_);
  conditions_.emplace_back(std::move(name), std::move(condition));
}

void Readiness::note(std::string name, Condition text) {
  const std::lock_guard lock(mutex_);
  notes_.emplace_back(std::move(name), std::move(text));
}

std::vector<std::pair<std::string, std::string>> Readiness::notes() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::string>> notes;
  notes.reserve(notes_.size());
  for (const auto& [name, text] : notes_) notes.emplace_back(name, text());
  return notes;
}

void Readiness::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

std::vector<Readiness::Missing> Readiness::missing() const {
  const std::lock_guard lock(mutex_);
  std::vector<Missing> missing;
  if (stopping_) missing.push_back({"running", "stopping"});
  for (const auto& [name, condition] : conditions_) {
    auto reason = condition();
    if (!reason.empty()) missing.push_back({name, std::move(reason)});
  }
  return missing;
}

}  // namespace esteira::runtime
