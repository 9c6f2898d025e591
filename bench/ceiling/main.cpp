#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/ceiling/ceilings.hpp"
#include "bench/load/cpu_meter.hpp"

namespace {

namespace bench = esteira::bench;
using Metrics = nlohmann::ordered_json;

std::string required(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

Metrics measure_rate(const std::string& which, std::size_t orders, std::size_t batch, pid_t postgres, pid_t rabbitmq) {
  std::vector<std::function<void()>> loops;
  const auto database_url = required("DATABASE_URL");
  const auto rabbitmq_url = required("RABBITMQ_URL");
  if (which != "rabbitmq") loops.emplace_back([&] { bench::run_postgres_ceiling(database_url, orders, batch); });
  if (which != "postgresql") loops.emplace_back([&] { bench::run_rabbitmq_ceiling(rabbitmq_url, orders, batch); });
  const bench::CpuMeter cpu({{"postgresql", {postgres}}, {"rabbitmq", {rabbitmq}}});
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::future<void>> running;
  running.reserve(loops.size());
  for (const auto& loop : loops) running.push_back(std::async(std::launch::async, loop));
  for (auto& loop : running) loop.get();
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Metrics metrics{{"orders_per_s", static_cast<double>(orders) / seconds}};
  cpu.report(orders, "order", metrics);
  return metrics;
}

Metrics measure(const std::vector<std::string>& arguments) {
  const auto orders = std::stoul(arguments[2]);
  const auto number = std::stoul(arguments[3]);
  if (arguments[0] == "latency") {
    return bench::measure_latency_floor(required("DATABASE_URL"), required("RABBITMQ_URL"), orders, number);
  }
  return measure_rate(arguments[0], orders, number, std::stoi(arguments[4]), std::stoi(arguments[5]));
}

int run(const std::vector<std::string>& arguments) {
  constexpr std::size_t kArguments = 6;
  if (arguments.size() != kArguments) {
    std::fputs(
        "usage: esteira-ceiling postgresql|rabbitmq|both POINT ORDERS BATCH POSTGRES_PID RABBITMQ_PID\n"
        "       esteira-ceiling latency POINT ORDERS ORDERS_PER_SECOND POSTGRES_PID RABBITMQ_PID\n"
        "Measures the capacity of the servers with bare loops. Prints one line of JSON.\n"
        "environment: DATABASE_URL (its tables must be empty), RABBITMQ_URL\n",
        stderr);
    return 2;
  }
  const Metrics line{{"point", arguments[1]}, {"metrics", measure(arguments)}};
  std::puts(line.dump().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "esteira-ceiling: %s\n", error.what());
    return 1;
  }
}
