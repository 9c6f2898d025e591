#pragma once
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace esteira::runtime {

/// Trouble that lasts and is met again and again: each reason is logged once, and its end once. For one thread.
class Outage {
 public:
  /// What the log says while it lasts, and when it is over.
  Outage(std::string begun, std::string over) : begun_(std::move(begun)), over_(std::move(over)) {}

  /// True when it was logged: the reason is new in this outage.
  bool failed(std::string_view reason);
  /// All is well. True when it was logged: before, it was not.
  bool recovered();

 private:
  const std::string begun_;
  const std::string over_;
  std::set<std::string, std::less<>> reasons_;
};

}  // namespace esteira::runtime
