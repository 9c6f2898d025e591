#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/load/cpu_meter.hpp"

namespace esteira::bench {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The options of one measurement.
struct Options {
  std::string measurement;
  std::string point;  ///< its name in the results: "throughput/32 connections"
  std::size_t orders = 10'000;
  std::size_t connections = 32;
  std::string workflow;  ///< of the orders, whose items then have prices; empty: the API's default, without prices
  std::size_t ids = 10;  ///< number of different orders to read
  double rate = 100;     ///< requests a second
  double seconds = 10;
  std::size_t timeout = 600;  ///< seconds to wait until all orders are terminal
  std::vector<ProcessGroup> groups;
  // From the environment: API_URL, SECRET_TOKEN, DATABASE_URL.
  std::uint16_t port = 0;
  std::string token;
  std::string database_url;
};

/// Reads "MEASUREMENT --name value ... --group NAME=PID,PID". Throws UsageError.
Options read_options(std::span<char*> arguments);

}  // namespace esteira::bench
