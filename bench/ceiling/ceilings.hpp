#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

namespace esteira::bench {

/// The bare work that the servers have with `orders` orders, by a client that does nothing else. The first two take
/// `batch` orders at a time and return when all is done.

/// The four transactions of an order on the tables of sql/, each of which must be empty: the order with its items, key,
/// first timeline entry and outbox row, stored and the row deleted; then the effects of three stages, of which one
/// leaves data. Four sessions, one for each transaction, work side by side on different batches.
void run_postgres_ceiling(const std::string& url, std::size_t orders, std::size_t batch);

/// The three messages of an order through quorum queues: published persistent and mandatory, a batch at a time, until
/// all of the batch are confirmed; consumed, published to the next queue, and acknowledged together after its confirms.
void run_rabbitmq_ceiling(const std::string& url, std::size_t orders, std::size_t batch);

/// How soon an order can be completed: so many orders a second, one after the other, each with a commit, and for each
/// stage a message delivered and a commit. Times in milliseconds of a commit, of a hop from the publishing until the
/// delivery, and of the whole, "completed".
nlohmann::ordered_json measure_latency_floor(const std::string& database_url, const std::string& rabbitmq_url,
                                             std::size_t orders, std::size_t orders_per_second);

}  // namespace esteira::bench
