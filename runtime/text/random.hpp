#pragma once
#include <cstddef>

namespace esteira::runtime {

/// Fills `bytes` from the kernel's generator. Thread-safe. Throws std::system_error.
void fill_random(unsigned char* bytes, std::size_t size);

}  // namespace esteira::runtime
