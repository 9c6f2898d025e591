#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

namespace esteira::bench {

// Bare clients that give the servers the same work as Esteira does for `orders` orders. The first two work in batches
// of `batch` orders and return when all are done.

/// The transactions of an order on the tables of sql/, which must be empty: the order with its items, key, first
/// timeline entry and outbox row; the delete of that row; then the effects of three stages, of which one writes data.
/// Four sessions (storing, and one for each stage) work in parallel on different batches.
void run_postgres_ceiling(const std::string& url, std::size_t orders, std::size_t batch);

/// The three messages of an order through quorum queues. Each batch is published persistent and mandatory, and its
/// confirms are awaited; it is consumed, published to the next queue, and acknowledged after the confirms.
void run_rabbitmq_ceiling(const std::string& url, std::size_t orders, std::size_t batch);

/// The lowest possible latency of an order, at a steady rate of sequential orders: a commit, and for each stage a
/// message delivery and a commit. Returns percentiles in milliseconds of a commit, of a hop (from the publish to the
/// delivery), and of the whole, "completed".
nlohmann::ordered_json measure_latency_floor(const std::string& database_url, const std::string& rabbitmq_url,
                                             std::size_t orders, std::size_t orders_per_second);

}  // namespace esteira::bench
