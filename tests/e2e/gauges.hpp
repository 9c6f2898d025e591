#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace esteira::test {

/// The value of a metric that the program on this port exposes, with its labels as they are written there; 0 when it
/// has none of that name.
double metric(std::uint16_t port, const std::string& name);

/// How many lines have all of these words in them.
std::size_t count_lines(std::string_view text, std::initializer_list<std::string_view> words);

/// The memory that a process occupies, in megabytes; 0 when it is gone.
double memory_mb(pid_t pid);

}  // namespace esteira::test
