#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace esteira::cli {

/// What a command was told: "--name value" or "--name=value", "--flag", and words. Everything throws UsageError.
class Options {
 public:
  struct Known {
    std::set<std::string_view> valued;
    std::set<std::string_view> flags;
    std::size_t words = 0;  ///< exactly as many
  };
  Options(const Arguments& arguments, const Known& known);

  [[nodiscard]] bool has(std::string_view name) const { return given_.contains(name); }
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::optional<std::size_t> number(std::string_view name) const;  ///< from 1; "5/s" is 5
  [[nodiscard]] std::optional<std::chrono::milliseconds> duration(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  std::map<std::string, std::string, std::less<>> given_;
  std::vector<std::string> words_;
};

/// Asks on the terminal; without one, only `--yes` allows what cannot be undone: UsageError.
bool confirmed(const Options& options, const std::string& question);

}  // namespace esteira::cli
