#pragma once
#include <cstddef>
#include <esteira/message.hpp>

namespace esteira::bench {

/// An order like those of the load. Each number gives a different id.
Message sample_order(std::size_t number);

}  // namespace esteira::bench
