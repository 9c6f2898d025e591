#include "tests/support/environment.hpp"

#include <cstdlib>
#include <stdexcept>

namespace esteira::test {
namespace {

std::string needed_server(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    throw std::runtime_error(std::string(name) + " is not set: run the tests with ./dev test");
  }
  return value;
}

std::filesystem::path folder_or(const char* name, const std::filesystem::path& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::filesystem::path(value);
}

}  // namespace

std::string database_url() { return needed_server("ESTEIRA_TEST_DATABASE_URL"); }
std::string rabbitmq_url() { return needed_server("ESTEIRA_TEST_RABBITMQ_URL"); }
std::string redis_url() { return needed_server("ESTEIRA_TEST_REDIS_URL"); }
std::filesystem::path source_dir() { return folder_or("ESTEIRA_SOURCE_DIR", ESTEIRA_TEST_SOURCE_DIR); }
std::filesystem::path build_dir() { return folder_or("ESTEIRA_BUILD_DIR", ESTEIRA_TEST_BUILD_DIR); }
std::filesystem::path servers_dir() { return folder_or("ESTEIRA_SERVERS_DIR", build_dir() / "servers"); }

}  // namespace esteira::test
