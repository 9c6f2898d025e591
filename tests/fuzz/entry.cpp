#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.hpp"

/// The function that libFuzzer calls. ESTEIRA_FUZZ_TARGET is the target of this program.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esteira::fuzz::ESTEIRA_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
