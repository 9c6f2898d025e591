#pragma once
#include <nlohmann/json.hpp>

#include "bench/load/options.hpp"

namespace esteira::bench {

/// Each measures one thing and returns what it found by name; throws when something was lost, for then the figures mean
/// nothing.
using Metrics = nlohmann::ordered_json;

/// `orders` POSTs over `connections` connections, each sent when the one before is answered, until all have ended.
Metrics measure_throughput(const Options& options);
/// The POSTs alone: what fills the queues while no host runs.
Metrics place_orders(const Options& options);
/// POSTs at a steady rate; one order in ten is asked for by GET every two milliseconds until it is seen completed.
Metrics measure_latency(const Options& options);
/// GETs of `ids` different orders for `seconds`.
Metrics measure_reads(const Options& options);
/// POSTs at a rate that the system cannot keep up with.
Metrics measure_overload(const Options& options);
/// How fast the orders that are in the table come to their end, beginning now.
Metrics measure_drain(const Options& options);

}  // namespace esteira::bench
