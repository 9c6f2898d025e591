#pragma once
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace esteira::bench {

using Json = nlohmann::ordered_json;

/// Reads measurements, one {"point", "metrics": {NAME: NUMBER}} a line. Returns for each point the number of runs and
/// the median, min and max of each metric: {POINT: {"runs": N, "metrics": {NAME: {"median", "min", "max"}}}}, points
/// and metrics in the order of the input.
Json summarize(std::istream& lines);

/// A readable table of the whole document {"settings": {...}, "points": {...}}.
std::string to_table(const Json& document);

/// For each throughput its share of the ceilings whose batch size equals the number of connections. Empty when one of
/// the two was not measured.
std::string ceiling_shares(const Json& document);

/// For each point "checkout/checkout, LOAD" beside "checkout/default, LOAD": the orders a second, and the CPU an order
/// and a hop, by group of processes and in all, with the ratio of a hop's. Empty when one of the two was not measured.
std::string hop_costs(const Json& document);

/// The metrics that two documents have in common, with both medians and the ratio of the second to the first. A change
/// is marked when the ranges of the runs overlap: it may be noise.
std::string compare(const Json& before, const Json& after);

}  // namespace esteira::bench
