#pragma once
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <string>
#include <vector>

namespace enrich {

/// What the built-in supplier says of an order. Refuses (retry) an order that has one of `fail_skus`: one that ends in
/// "-ONCE" on the first attempt only, any other on every attempt. Else the same answer for the same order, always.
esteira::Outcome simulated_answer(const esteira::Message& order, const std::vector<std::string>& fail_skus);

}  // namespace enrich
