#pragma once
#include <cstddef>
#include <string>

namespace esteira::runtime {

/// The text of a file that contains the value of one setting: UTF-8 without NUL, at most 64 KiB, without the newlines
/// at its end. Throws std::invalid_argument, which says what the file should be. The text contains neither the content
/// nor `path`: by mistake the variable may contain the secret itself.
std::string read_secret_file(const std::string& path);

/// The content of a regular file of at most `max_size` bytes. Throws std::invalid_argument as `read_secret_file` does.
std::string read_regular_file(const std::string& path, std::size_t max_size);

}  // namespace esteira::runtime
