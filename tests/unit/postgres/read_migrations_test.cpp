#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "runtime/config/config.hpp"
#include "runtime/postgres/migrations.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using esteira::runtime::ConfigError;
using esteira::runtime::postgres::read_migrations;

class Folder {
 public:
  Folder() { fs::create_directories(path_); }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void add(const std::string& name, const std::string& sql = "select 1;") { std::ofstream(path_ / name) << sql; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_ = fs::temp_directory_path() / esteira::test::unique_name("migrations");
};

}  // namespace

TEST_CASE("migrations come in the order of their numbers, other files are passed over") {
  Folder folder;
  folder.add("0002_second.sql");
  folder.add("0001_first.sql", "");
  folder.add("README.md");
  const auto migrations = read_migrations(folder.path());
  REQUIRE(migrations.size() == 2);
  CHECK(migrations[0].name == "0001_first.sql");
  CHECK(migrations[0].checksum == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(migrations[1].version == 2);
}

TEST_CASE("a gap in the numbers of migrations is refused") {
  Folder folder;
  folder.add("0001_first.sql");
  folder.add("0003_third.sql");
  CHECK_THROWS_WITH(read_migrations(folder.path()), Contains("0003_third.sql") && Contains("number 2 is missing"));
}

TEST_CASE("a number used twice by migrations is refused") {
  Folder folder;
  folder.add("0001_first.sql");
  folder.add("0001_other.sql");
  CHECK_THROWS_WITH(read_migrations(folder.path()), Contains("used twice"));
}

TEST_CASE("a badly named migration, an empty folder and no folder are refused") {
  Folder folder;
  CHECK_THROWS_WITH(read_migrations(folder.path()), Contains("no migrations"));
  folder.add("1_first.sql");
  CHECK_THROWS_WITH(read_migrations(folder.path()), Contains("1_first.sql"));
  CHECK_THROWS_AS(read_migrations(folder.path() / "absent"), ConfigError);
}

TEST_CASE("the program was written for the newest migration") {
  CHECK(read_migrations(esteira::test::source_dir() / "sql").back().version ==
        esteira::runtime::postgres::kSchemaVersion);
}
