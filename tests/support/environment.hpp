#pragma once
#include <filesystem>
#include <string>

namespace esteira::test {

/// The servers of this test run: ESTEIRA_TEST_DATABASE_URL (its role may create databases), ESTEIRA_TEST_RABBITMQ_URL
/// and ESTEIRA_TEST_REDIS_URL. These functions throw when the variable is not set, so a test fails without its server.
std::string database_url();
std::string rabbitmq_url();
std::string redis_url();

/// The source tree and the build tree. ESTEIRA_SOURCE_DIR and ESTEIRA_BUILD_DIR override them.
std::filesystem::path source_dir();
std::filesystem::path build_dir();
/// The files of servers that one test starts for itself: build_dir()/servers, or ESTEIRA_SERVERS_DIR.
std::filesystem::path servers_dir();

}  // namespace esteira::test
