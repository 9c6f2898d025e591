#pragma once
#include <filesystem>
#include <string>

namespace esteira::test {

/// Where the servers of this run are: ESTEIRA_TEST_DATABASE_URL (a role that may create databases),
/// ESTEIRA_TEST_RABBITMQ_URL and ESTEIRA_TEST_REDIS_URL. They throw when unset: a test that needs a server fails
/// without it.
std::string database_url();
std::string rabbitmq_url();
std::string redis_url();

/// The top of the source tree and of this build; ESTEIRA_SOURCE_DIR and ESTEIRA_BUILD_DIR say otherwise.
std::filesystem::path source_dir();
std::filesystem::path build_dir();
/// Where servers of one test alone have their files; ESTEIRA_SERVERS_DIR says otherwise than build_dir()/servers.
std::filesystem::path servers_dir();

}  // namespace esteira::test
