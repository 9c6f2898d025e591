#pragma once
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace esteira::bench {

using Json = nlohmann::ordered_json;

/// Reads measurements, one {"point", "metrics": {NAME: NUMBER}} a line, and gives for each point how often it was
/// measured and each metric's median, min and max:
/// {POINT: {"runs": N, "metrics": {NAME: {"median", "min", "max"}}}}, points and metrics in the order they came.
Json summarize(std::istream& lines);

/// The same as a table for people, from the whole document {"settings": {...}, "points": {...}}.
std::string to_table(const Json& document);

/// For each throughput its share of what the servers do for a bare client in batches of as many orders as there were
/// connections. Empty when one of the two was not measured.
std::string ceiling_shares(const Json& document);

/// The metrics that two documents share, with their medians and the second as a multiple of the first. A change within
/// what the runs of either one differ by is marked as such: it may be chance.
std::string compare(const Json& before, const Json& after);

}  // namespace esteira::bench
