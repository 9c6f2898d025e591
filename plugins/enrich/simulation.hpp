#pragma once
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <string>
#include <vector>

namespace enrich {

/// The response of the simulated supplier. It refuses (retry) an order that has one of `fail_skus`: a SKU that ends in
/// "-ONCE" on the first attempt only, any other on every attempt. Otherwise the same order always gets the same data.
esteira::Outcome simulated_answer(const esteira::Message& order, const std::vector<std::string>& fail_skus);

}  // namespace enrich
