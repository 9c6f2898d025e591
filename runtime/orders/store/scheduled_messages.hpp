#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// A message that waits in PostgreSQL until it is due: see MessageSchedule. Its key is order, redrive, attempt and
/// snoozes, within one stage.
struct ScheduledMessage {
  std::string order_id;
  int redrive = 0;
  int attempt = 1;
  int snoozes = 0;                 ///< how often the stage has snoozed the order
  std::int64_t snoozed_since = 0;  ///< time of the first snooze, in milliseconds since 1970; 0: none
  std::string event;
  std::string traceparent;
  std::string body;

  [[nodiscard]] std::string key() const;
};

/// Prepares the statements of this header on a connection.
void prepare_scheduled_messages(pqxx::connection& connection);

/// The seconds until the next message of the stage is due, zero or less when one is; nothing when there is none. Throws
/// Unavailable.
std::optional<double> seconds_until_due(postgres::Session& session, const std::string& exchange,
                                        const std::string& stage);

/// Sends messages that are due, in one transaction: takes up to `limit` of them that no other host has locked (for
/// update skip locked), calls `send`, and deletes those whose indices `send` returns. `send` waits for the broker's
/// confirms. Messages that nobody needs any more are deleted without being sent: their stage has a terminal result for
/// the order, or they are superseded. Returns how many messages were deleted. `send` may be called again after a lost
/// connection. Throws Unavailable.
std::size_t send_due_messages(
    postgres::Session& session, const std::string& exchange, const std::string& stage, std::size_t limit,
    const std::function<std::vector<std::size_t>(const std::vector<ScheduledMessage>&)>& send);

}  // namespace esteira::runtime::orders
