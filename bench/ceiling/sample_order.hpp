#pragma once
#include <cstddef>
#include <esteira/message.hpp>

namespace esteira::bench {

/// An order like those of the load, with an id of its own for each number.
Message sample_order(std::size_t number);

}  // namespace esteira::bench
