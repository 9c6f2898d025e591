#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/report/results.hpp"

namespace {

namespace bench = esteira::bench;

bench::Json read_document(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return bench::Json::parse(file);
}

/// Reads measurements from stdin and settings as NAME=VALUE.
int make(const std::vector<std::string>& arguments) {
  bench::Json document{{"settings", bench::Json::object()}};
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto equals = arguments[i].find('=');
    if (equals == std::string::npos) throw std::runtime_error(arguments[i] + ": must be NAME=VALUE");
    document["settings"][arguments[i].substr(0, equals)] = arguments[i].substr(equals + 1);
  }
  document["points"] = bench::summarize(std::cin);
  std::puts(document.dump(2).c_str());
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  const auto action = arguments.empty() ? "" : arguments[0];
  if (action == "make") return make(arguments);
  if (action == "table" && arguments.size() == 2) {
    std::fputs(bench::to_table(read_document(arguments[1])).c_str(), stdout);
    return 0;
  }
  if (action == "compare" && arguments.size() == 3) {
    std::fputs(bench::compare(read_document(arguments[1]), read_document(arguments[2])).c_str(), stdout);
    return 0;
  }
  std::fputs(
      "usage: esteira-report make NAME=VALUE... <MEASUREMENTS   summarizes measurements as JSON\n"
      "       esteira-report table FILE                         prints results as a table\n"
      "       esteira-report compare BEFORE AFTER               compares two results\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "esteira-report: %s\n", error.what());
    return 1;
  }
}
