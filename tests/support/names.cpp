#include "tests/support/names.hpp"

#include <random>

namespace esteira::test {

std::string unique_name(std::string_view prefix) {
  std::random_device device;
  std::uniform_int_distribution<unsigned> digit(0, 15);
  std::string name = std::string(prefix) + '_';
  for (int i = 0; i < 12; ++i) name += "0123456789abcdef"[digit(device)];
  return name;
}

}  // namespace esteira::test
