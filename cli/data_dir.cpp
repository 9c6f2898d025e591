#include "cli/data_dir.hpp"

namespace esteira::cli {

namespace fs = std::filesystem;

fs::path data_dir(const std::string& name, const std::string& source) {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  auto installed = program.parent_path().parent_path() / "share/esteira" / name;
  return fs::is_directory(installed, error) ? installed : fs::path(source);
}

}  // namespace esteira::cli
