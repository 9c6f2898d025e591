#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "bench/load/measurements.hpp"

namespace {

namespace bench = esteira::bench;

constexpr auto kUsage =
    "usage: esteira-load MEASUREMENT [--point NAME] [--orders N] [--connections N] [--rate N] [--seconds N] [--ids N]\n"
    "                    [--timeout SECONDS] [--group NAME=PID,PID]...\n"
    "measurements: throughput, place, latency, reads, overload, drain. Prints one line of JSON.\n"
    "From the environment: API_URL (on 127.0.0.1), SECRET_TOKEN, DATABASE_URL.\n";

const auto& measurements() {
  static const std::map<std::string, bench::Metrics (*)(const bench::Options&)> known{
      {"throughput", bench::measure_throughput}, {"place", bench::place_orders},
      {"latency", bench::measure_latency},       {"reads", bench::measure_reads},
      {"overload", bench::measure_overload},     {"drain", bench::measure_drain},
  };
  return known;
}

int run(std::span<char*> arguments) {
  const auto options = bench::read_options(arguments);
  const auto measurement = measurements().find(options.measurement);
  if (measurement == measurements().end()) throw bench::UsageError(options.measurement + " is no measurement");
  const bench::Metrics line{{"point", options.point}, {"metrics", measurement->second(options)}};
  std::puts(line.dump().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, static_cast<std::size_t>(argc - 1)});
  } catch (const bench::UsageError& error) {
    std::fprintf(stderr, "esteira-load: %s\n%s", error.what(), kUsage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "esteira-load: %s\n", error.what());
    return 1;
  }
}
