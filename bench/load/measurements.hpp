#pragma once
#include <nlohmann/json.hpp>

#include "bench/load/options.hpp"

namespace esteira::bench {

/// Each function runs one measurement and returns its metrics by name. It throws when an order was lost or failed,
/// because the figures are then meaningless.
using Metrics = nlohmann::ordered_json;

/// Closed loop: `orders` POSTs over `connections` connections. Waits until all orders are completed.
Metrics measure_throughput(const Options& options);
/// Only the POSTs of the above. Fills the queues while no host runs.
Metrics place_orders(const Options& options);
/// Open loop: POSTs at a steady rate. Polls one order in ten by GET every millisecond until it is completed.
Metrics measure_latency(const Options& options);
/// Closed loop: GETs of `ids` different orders for `seconds`.
Metrics measure_reads(const Options& options);
/// Open loop: POSTs at a rate above the capacity of the system.
Metrics measure_overload(const Options& options);
/// The rate at which the orders that are in the table now become terminal.
Metrics measure_drain(const Options& options);

}  // namespace esteira::bench
