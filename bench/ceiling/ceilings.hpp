#pragma once
#include <cstddef>
#include <string>

namespace esteira::bench {

/// The bare work that a server has with `orders` orders, taken `batch` at a time, by a client that does nothing else.
/// Both return when all is done.

/// The four transactions of an order on the tables of sql/, each of which must be empty: the order with its items, key,
/// first timeline entry and outbox row, stored and the row deleted; then the effects of three stages, of which one
/// leaves data. Four sessions, one for each transaction, work side by side on different batches.
void run_postgres_ceiling(const std::string& url, std::size_t orders, std::size_t batch);

/// The three messages of an order through quorum queues: published persistent and mandatory, a batch at a time, until
/// all of the batch are confirmed; consumed, published to the next queue, and acknowledged together after its confirms.
void run_rabbitmq_ceiling(const std::string& url, std::size_t orders, std::size_t batch);

}  // namespace esteira::bench
