#pragma once
#include <cstddef>

namespace esteira::runtime {

/// Fills `bytes` with random bytes of the kernel (getrandom(2)). Thread-safe. Throws std::system_error when it fails.
void fill_random(unsigned char* bytes, std::size_t size);

}  // namespace esteira::runtime
