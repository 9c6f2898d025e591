#include "tests/e2e/process_metrics.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/http_client.hpp"

namespace esteira::test {

double metric(std::uint16_t port, const std::string& name) {
  std::istringstream lines(http_request(port, "GET", "/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + ' ')) return std::strtod(line.c_str() + name.size(), nullptr);
  }
  return 0;
}

std::vector<std::string> lines_with(std::string_view text, std::initializer_list<std::string_view> words) {
  std::istringstream lines{std::string(text)};
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);) {
    const auto has = [&line](std::string_view word) { return line.find(word) != std::string::npos; };
    if (std::all_of(words.begin(), words.end(), has)) found.push_back(line);
  }
  return found;
}

std::size_t count_lines(std::string_view text, std::initializer_list<std::string_view> words) {
  return lines_with(text, words).size();
}

double memory_mb(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  }
  return 0;
}

}  // namespace esteira::test
