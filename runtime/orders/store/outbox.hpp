#pragma once
#include <cstddef>
#include <functional>
#include <pqxx/pqxx>
#include <string>
#include <utility>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// A row of the outbox: an event that the broker has not confirmed yet. Its key is order, exchange, routing key and
/// redrive.
struct OutboxEvent {
  std::string order_id;
  std::string exchange;
  std::string routing_key;
  int redrive = 0;
  std::string traceparent;
  std::string body;
};

/// Prepares the statements of this header on a connection.
void prepare_outbox(pqxx::connection& connection);

/// Exchange and routing key of events.
using OutboxRoutes = std::vector<std::pair<std::string, std::string>>;

/// Publishes events that wait in the outbox, in one transaction: takes up to `limit` events older than `age_seconds`
/// that no other replica has locked (for update skip locked), except those of the routes in `skipped`, calls `publish`,
/// and deletes the events whose indices `publish` returns. `publish` waits for the broker's confirms. Returns how many
/// events were taken. Throws Unavailable.
std::size_t sweep_outbox(postgres::Session& session, std::size_t limit, double age_seconds,
                         const std::function<std::vector<std::size_t>(const std::vector<OutboxEvent>&)>& publish,
                         const OutboxRoutes& skipped = {});

/// Deletes events that were confirmed. Idempotent. Throws Unavailable.
void delete_published(postgres::Session& session, const std::vector<OutboxEvent>& events);

struct OutboxDepth {
  std::size_t events = 0;
  double oldest_seconds = 0;
};
/// How many events wait, and the age of the oldest. Throws Unavailable.
OutboxDepth outbox_depth(postgres::Session& session);

}  // namespace esteira::runtime::orders
