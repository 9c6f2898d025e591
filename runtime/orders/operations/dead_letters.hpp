#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

// A dead letter is what an operator can send back to work or give up. The database has all of them:
// - a failed order: it failed at a stage in its present redrive, and was not purged since. A stage that refused it does
//   not count: its refused event was published instead. So is a cancelled order whose cancellation failed at a stage;
// - a kept message: a message that was found in a dead-letter queue and belongs to no failed order
//   (dead_letter_messages.hpp).
// The messages in the dead-letter queues are not needed to list, show or redrive failed orders.

/// Selects dead letters. A condition that is not set accepts all.
struct DeadLetterFilter {
  std::optional<std::string> stage;
  std::optional<std::string> order;   ///< an order id in canonical form
  std::optional<std::string> reason;  ///< a part of the reason
  std::optional<std::chrono::milliseconds> older_than;
  std::optional<std::chrono::milliseconds> since;  ///< at most this old
};

struct DeadLetterRecord {
  std::string message_key;  ///< of a kept message, hexadecimal; empty for a failed order
  std::string order_id;     ///< empty when the body of a kept message is not an order
  std::string stage;
  int redrive = 0;
  std::string reason;   ///< why it failed; empty when the broker dead-lettered it
  std::string died_at;  ///< RFC 3339, UTC, seconds; empty when unknown
  // Of a kept message only:
  std::string fault;  ///< why its body is not an order; empty when it is one
  std::string message_id;
  std::string traceparent;
};

/// Prepares the statements of this header on a connection, and those of order_reader.hpp.
void prepare_dead_letters(pqxx::connection& connection);

/// Reads the dead letters that match a filter and that existed when it was constructed, in pages, failed orders by id.
/// A dead letter that is redriven, purged or added meanwhile does not disturb it. Every member throws Unavailable.
class DeadLetterCursor {
 public:
  enum class Source { failed_orders, kept_messages };
  static constexpr std::size_t kPage = 500;  ///< a good size for a page without bodies

  /// `session` must outlive this.
  DeadLetterCursor(postgres::Session& session, DeadLetterFilter filter, Source source);

  /// How many are left after those that `next` returned.
  std::size_t count();
  /// The next page, of at most `limit`; empty at the end.
  std::vector<DeadLetterRecord> next(std::size_t limit);

 private:
  pqxx::result read(const char* head, const std::string& tail);

  postgres::Session& session_;
  const DeadLetterFilter filter_;
  const Source source_;
  std::string begun_at_;
  std::string last_key_;    ///< the order id or message key of the last record
  std::string last_stage_;  ///< with failed orders
};

/// The body of each dead letter, as its stage received it. That of a failed order is made from the database: the order
/// with the data of the stages that are done. Empty for a record whose order or message is gone, and
/// for an order that PostgreSQL cannot read, which is logged. Throws Unavailable.
std::vector<std::string> read_bodies(postgres::Session& session, const std::vector<DeadLetterRecord>& records);

}  // namespace esteira::runtime::orders
