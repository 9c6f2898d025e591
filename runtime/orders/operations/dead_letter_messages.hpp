#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// Which dead-letter message this is: the stage in whose queue it was, and what it says about its order.
struct DeadLetterKey {
  std::string order_id;  ///< a UUID
  std::string stage;
  int redrive = 0;
};

/// What the database knows about a message of a dead-letter queue.
enum class DeadLetterState {
  recorded,    ///< the order is failed, by this very failure: the message marks a failed order
  stale,       ///< the order was redriven, purged or completed since, or the stage refused it: nobody needs the message
  unrecorded,  ///< the stage has no result, because the broker or a refusal of PostgreSQL dead-lettered the message
  refused,     ///< names a redrive that the order has not had: the database is older than the message
  unknown_order,  ///< the database has no such order
};

/// The state of each message, in the order of `keys`. Throws Unavailable.
std::vector<DeadLetterState> read_states(postgres::Session& session, const std::vector<DeadLetterKey>& keys);

/// A message of a dead-letter queue, to be kept in the database.
struct DeadLetterMessage {
  DeadLetterKey key;  ///< order_id is empty when the body is not an order
  std::string reason;
  std::string fault;  ///< why the body is not an order; empty when it is one
  std::string message_id;
  std::string traceparent;
  std::int64_t died_at = 0;  ///< seconds since 1970; 0 when unknown
  std::string body;          ///< any bytes
};

/// Keeps these messages: dead_letters.hpp lists them until they are removed. Two equal messages of one queue are kept
/// once, so it is safe to repeat. All texts but `body` must be UTF-8. Throws Unavailable.
void keep_messages(postgres::Session& session, const std::vector<DeadLetterMessage>& messages);

/// Removes a kept message, by DeadLetterRecord::message_key. Throws Unavailable.
void remove_kept_message(postgres::Session& session, const std::string& message_key);

/// Removes the kept messages that nobody needs any more, because their order has moved on or is recorded as failed.
/// Returns their number. Throws Unavailable.
std::size_t remove_stale_kept_messages(postgres::Session& session);

}  // namespace esteira::runtime::orders
