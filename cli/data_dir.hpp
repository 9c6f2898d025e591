#pragma once
#include <filesystem>
#include <string>

namespace esteira::cli {

/// The folder of the installation's data with this name (share/esteira/<name>), or, for a program that was not
/// installed, `source`.
std::filesystem::path data_dir(const std::string& name, const std::string& source);

}  // namespace esteira::cli
