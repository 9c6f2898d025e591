#pragma once
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <string>

namespace enrich {

/// The body of a request: order_id, workflow, customer_id, items (sku, qty, unit_price) and total. Amounts are strings
/// with two decimals. Unknown prices and totals are left out.
std::string request_body(const esteira::Message& order);

/// Maps the supplier's response to an outcome: 2xx with a JSON object is done with this data, 4xx except 408 and 429 is
/// fail, anything else is retry.
esteira::Outcome outcome_of(long status, const std::string& body);

}  // namespace enrich
