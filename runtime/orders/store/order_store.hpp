#pragma once
#include <cstddef>
#include <esteira/message.hpp>
#include <string>
#include <vector>

#include "runtime/orders/store/outbox.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// An order that a client has sent.
struct NewOrder {
  Message order;                ///< id, workflow, customer, items, total, traceparent
  std::string idempotency_key;  ///< empty: none; of the client, so two clients may use the same one
  std::string request_hash;     ///< 32 bytes: SHA-256 of the client's request
  OutboxEvent event;            ///< the first event of the order
  std::string client = "default";
};

struct StoreResult {
  enum class Status {
    created,   ///< committed, and its event is in the outbox
    replayed,  ///< the key exists with the same hash; `order_id` is the order of the first request
    conflict,  ///< the key exists with another hash; nothing was written
  };
  Status status = Status::created;
  std::string order_id;
};

/// Prepares the statements of this header and of outbox.hpp on a connection.
void prepare_order_store(pqxx::connection& connection);

/// Writes a batch in one transaction: orders, items, idempotency keys, the "accepted" entries of their timelines, and
/// the first events in the outbox. Returns the answers in the batch's order. Of several requests with one key in a
/// batch the first creates the order; the others are replayed or in conflict. Safe to repeat after InDoubt. Throws
/// Unavailable.
std::vector<StoreResult> store_orders(postgres::Session& session, const std::vector<NewOrder>& batch);

/// Runs the statements of this header in a transaction that is rolled back: tells whether orders can be stored. Without
/// rows it checks rights, locks, schema and server at almost no cost. With rows it stores an order of some 32 KiB,
/// which also needs free space on the disk. Throws Unavailable.
void rehearse_store(postgres::Session& session, bool with_rows);

/// The event that brings an order to its first stage.
OutboxEvent first_event(const Message& order, std::string exchange, std::string routing_key);

/// Deletes idempotency keys older than `age_seconds`, at most `limit`; returns how many. Throws Unavailable.
std::size_t prune_idempotency_keys(postgres::Session& session, double age_seconds, std::size_t limit);

}  // namespace esteira::runtime::orders
