#pragma once
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>

#include "tests/support/names.hpp"

namespace esteira::test {

/// A directory of files that are replaced as Kubernetes does in a volume of a Secret: NAME is a symbolic link to
/// ..data/NAME, ..data is one to a directory with the present files, and an update renames another link over ..data.
class SecretVolume {
 public:
  SecretVolume(std::initializer_list<std::pair<const std::string, std::string>> files) : files_(files) {
    std::filesystem::create_directories(path_);
    publish();
    for (const auto& [name, content] : files_) {
      std::filesystem::create_symlink(std::filesystem::path("..data") / name, path_ / name);
    }
  }
  ~SecretVolume() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  SecretVolume(const SecretVolume&) = delete;
  SecretVolume& operator=(const SecretVolume&) = delete;

  [[nodiscard]] std::string path_of(const std::string& name) const { return (path_ / name).string(); }

  /// Replaces one file by swapping the directory.
  void update(const std::string& name, const std::string& content) {
    files_[name] = content;
    publish();
  }
  /// Writes into the file, without a swap.
  void write_in_place(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary | std::ios::trunc) << content;
  }

 private:
  void publish() {
    const auto former = directory_;
    directory_ = "..version_" + std::to_string(++version_);
    std::filesystem::create_directory(path_ / directory_);
    for (const auto& [name, content] : files_) {
      std::ofstream(path_ / directory_ / name, std::ios::binary) << content;
    }
    std::filesystem::create_symlink(directory_, path_ / "..data_tmp");
    std::filesystem::rename(path_ / "..data_tmp", path_ / "..data");
    if (!former.empty()) std::filesystem::remove_all(path_ / former);
  }

  const std::filesystem::path path_ = std::filesystem::temp_directory_path() / unique_name("secret_volume");
  std::map<std::string, std::string> files_;
  std::string directory_;
  int version_ = 0;
};

}  // namespace esteira::test
