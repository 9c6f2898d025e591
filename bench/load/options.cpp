#include "bench/load/options.hpp"

#include <cstdlib>
#include <functional>
#include <map>
#include <sstream>
#include <string_view>

namespace esteira::bench {
namespace {

template <class Number>
std::function<void(const std::string&)> number_into(Number& target) {
  return [&target](const std::string& text) {
    std::istringstream stream(text);
    if (!(stream >> target) || !stream.eof()) throw UsageError("'" + text + "' is not a number");
  };
}

ProcessGroup read_group(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) throw UsageError("--group needs NAME=PID,PID");
  ProcessGroup group{text.substr(0, equals), {}};
  std::istringstream pids(text.substr(equals + 1));
  for (std::string pid; std::getline(pids, pid, ',');) number_into(group.roots.emplace_back())(pid);
  return group;
}

std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) throw UsageError(std::string(name) + " is not set");
  return value;
}

std::uint16_t port_of(const std::string& url) {
  const auto colon = url.rfind(':');
  std::uint16_t port = 0;
  number_into(port)(colon == std::string::npos ? url : url.substr(colon + 1));
  return port;
}

}  // namespace

Options read_options(std::span<char*> arguments) {
  Options options;
  if (arguments.empty() || arguments.size() % 2 == 0)
    throw UsageError("name a measurement first, then options with one value each");
  options.measurement = arguments[0];
  const std::map<std::string_view, std::function<void(const std::string&)>> readers{
      {"--point", [&](const std::string& text) { options.point = text; }},
      {"--orders", number_into(options.orders)},
      {"--connections", number_into(options.connections)},
      {"--workflow", [&](const std::string& text) { options.workflow = text; }},
      {"--ids", number_into(options.ids)},
      {"--rate", number_into(options.rate)},
      {"--seconds", number_into(options.seconds)},
      {"--timeout", number_into(options.timeout)},
      {"--group", [&](const std::string& text) { options.groups.push_back(read_group(text)); }},
  };
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const auto reader = readers.find(arguments[i]);
    if (reader == readers.end()) throw UsageError(std::string(arguments[i]) + " is not an option");
    reader->second(arguments[i + 1]);
  }
  options.port = port_of(from_environment("API_URL"));
  options.token = from_environment("SECRET_TOKEN");
  options.database_url = from_environment("DATABASE_URL");
  return options;
}

}  // namespace esteira::bench
