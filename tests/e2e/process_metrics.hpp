#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace esteira::test {

/// The value of a metric of the program on this port. `name` includes the labels as they are in the text format. 0 when
/// there is no such metric.
double metric(std::uint16_t port, const std::string& name);

/// The lines that contain all of these words, and their number.
std::vector<std::string> lines_with(std::string_view text, std::initializer_list<std::string_view> words);
std::size_t count_lines(std::string_view text, std::initializer_list<std::string_view> words);

/// The resident memory of a process, in megabytes; 0 when it does not exist.
double memory_mb(pid_t pid);

}  // namespace esteira::test
