#include "runtime/config/closest_name.hpp"

#include <algorithm>
#include <numeric>

namespace esteira::runtime {

namespace {

/// The Levenshtein distance.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string closest_name(std::string_view name, const std::vector<std::string>& known) {
  constexpr std::size_t kMaxDistance = 3;
  std::string closest;
  std::size_t shortest = kMaxDistance + 1;
  for (const auto& candidate : known) {
    const auto distance = edit_distance(name, candidate);
    if (distance < shortest) {
      shortest = distance;
      closest = candidate;
    }
  }
  return closest;
}

}  // namespace esteira::runtime
