#pragma once
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <string>

namespace enrich {

/// An order as the supplier gets it: order_id, workflow, customer_id, items (sku, qty, unit_price), total. Amounts are
/// text with two decimals; what is not known is left out.
std::string request_body(const esteira::Message& order);

/// What the supplier's answer means: a JSON object with 2xx is the enrichment; 4xx refuses the order for good, but 408
/// and 429 do not; all else is worth another try.
esteira::Outcome outcome_of(long status, const std::string& body);

}  // namespace enrich
