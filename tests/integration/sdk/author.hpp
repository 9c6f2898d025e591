#pragma once
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/process.hpp"

/// What an author of a plugin has: a folder, the installed SDK, commands.
namespace esteira::test::author {

/// A temporary folder, removed by the destructor.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / unique_name("esteira_sdk")) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Returns the output of a command, which must end with 0.
inline std::string run(const std::string& program, const std::vector<std::string>& arguments) {
  Process process(program, arguments, {});
  const auto code = process.wait(std::chrono::minutes(5));
  INFO(process.output());
  REQUIRE(code == 0);
  return process.output();
}

/// Installs the SDK into the folder.
inline void install_sdk(const std::string& prefix) {
  run(ESTEIRA_CMAKE, {"--install", build_dir(), "--component", "sdk", "--prefix", prefix});
}

/// The options with which CMake builds as the tests were built, sanitizers included.
inline std::vector<std::string> build_options(const std::string& sdk) {
  return {"-G", ESTEIRA_GENERATOR, "-DCMAKE_PREFIX_PATH=" + sdk, std::string("-DCMAKE_CXX_COMPILER=") + ESTEIRA_CXX,
          std::string("-DCMAKE_CXX_FLAGS=") + ESTEIRA_CXX_FLAGS};
}

}  // namespace esteira::test::author
