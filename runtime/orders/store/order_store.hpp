#pragma once
#include <cstddef>
#include <esteira/message.hpp>
#include <functional>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// An event that waits in the outbox; its key is order, exchange, routing key and redrive.
struct OutboxEvent {
  std::string order_id;
  std::string exchange;
  std::string routing_key;
  int redrive = 0;
  std::string traceparent;
  std::string body;
};

/// An order that a client asks for.
struct NewOrder {
  Message order;                ///< id, workflow, customer, items, total, traceparent
  std::string idempotency_key;  ///< empty: none
  std::string request_hash;     ///< 32 bytes of SHA-256 over what the client asked for
  OutboxEvent event;            ///< its first one
};

struct StoreResult {
  enum class Status {
    created,   ///< committed, and its event is in the outbox
    replayed,  ///< the key is known with the same hash: `order_id` is the first one's
    conflict,  ///< the key is known with another hash
  };
  Status status = Status::created;
  std::string order_id;
};

/// Prepares the statements of this header on a connection.
void prepare_order_store(pqxx::connection& connection);

/// Writes a batch in one transaction: order, items, key, "accepted" in the timeline, first event in the outbox. Several
/// requests of a batch may have the same key: the first wins, the rest are replayed (or in conflict). Answers stand in
/// the batch's order. Safe to repeat after InDoubt. Throws Unavailable.
std::vector<StoreResult> store_orders(postgres::Session& session, const std::vector<NewOrder>& batch);

/// The event that tells an order to the first stage.
OutboxEvent first_event(const Message& order, std::string exchange, std::string routing_key);

/// Takes up to `limit` events older than `age_seconds` that no other replica has locked, hands them to `publish`, and
/// deletes those whose indices it returns; all in one transaction (for update skip locked). Returns how many were
/// taken. `publish` waits for the broker's confirms.
std::size_t sweep_outbox(postgres::Session& session, std::size_t limit, double age_seconds,
                         const std::function<std::vector<std::size_t>(const std::vector<OutboxEvent>&)>& publish);

/// Deletes events that were confirmed. Idempotent.
void delete_published(postgres::Session& session, const std::vector<OutboxEvent>& events);

struct OutboxDepth {
  std::size_t events = 0;
  double oldest_seconds = 0;
};
OutboxDepth outbox_depth(postgres::Session& session);

/// Forgets idempotency keys older than `age_seconds`, at most `limit`; returns how many.
std::size_t prune_idempotency_keys(postgres::Session& session, double age_seconds, std::size_t limit);

}  // namespace esteira::runtime::orders
