#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "bench/load/measurements.hpp"

namespace {

namespace bench = esteira::bench;

constexpr auto kUsage =
    "usage: esteira-load MEASUREMENT [OPTION VALUE]...\n\n"
    "Puts load on a running Esteira and prints the metrics as one line of JSON.\n\n"
    "measurements:\n"
    "  throughput  POSTs --orders orders over --connections connections and waits until all are completed\n"
    "  place       the same POSTs, without waiting for the orders\n"
    "  latency     POSTs at --rate for --seconds and polls one order in ten until it is completed\n"
    "  reads       GETs of --ids orders over --connections connections for --seconds\n"
    "  overload    POSTs at --rate for --seconds over at most --connections connections\n"
    "  drain       waits until all orders in the table are completed or failed\n\n"
    "options:\n"
    "  --point NAME            name of this measurement in the results\n"
    "  --orders N              number of orders, default 10000\n"
    "  --connections N         number of connections, default 32\n"
    "  --workflow NAME         workflow of the orders, whose items then have prices; default: none, without prices\n"
    "  --ids N                 number of different orders to read, default 10\n"
    "  --rate N                requests a second, default 100\n"
    "  --seconds N             duration of the load, default 10\n"
    "  --timeout SECONDS       how long to wait until all orders are terminal, default 600\n"
    "  --group NAME=PID,PID    processes whose CPU time is reported together; may be repeated\n\n"
    "environment: API_URL (on 127.0.0.1), SECRET_TOKEN, DATABASE_URL\n";

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
  if (measurement == measurements().end()) throw bench::UsageError(options.measurement + " is not a measurement");
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
