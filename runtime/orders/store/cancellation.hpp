#pragma once
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// The routing key of the event that a cancelled order's last stage publishes instead of its own, as cancelled_event()
/// in sql/ returns it. No stage may publish it otherwise.
inline constexpr const char* kCancelledEvent = "order.cancelled";

/// A client's request to cancel an order.
struct CancelRequest {
  std::string order_id;  ///< a UUID
  std::string client;    ///< that the order must belong to, else it is unknown; empty: any
};

struct CancelAnswer {
  enum class Status {
    accepted,       ///< a request is open, or the order is cancelled
    refused,        ///< too late: the order is shipped or has ended
    unknown_order,  ///< no such order, or another client's
  };
  Status status = Status::unknown_order;
  std::string order_status;  ///< as it was when the answer was decided
};

/// Prepares the statement of this header on a connection.
void prepare_cancellation(pqxx::connection& connection);

/// Marks orders so that the next result of a stage cancels them (ledger.hpp), and returns the answers in the order of
/// `requests`. One statement, which locks the orders: of a request and a result that completes the order one wins. An
/// order that is accepted here ends cancelled, or failed when its stage fails it first. A scheduled message of the
/// order becomes due. Safe to repeat. Throws Unavailable.
std::vector<CancelAnswer> request_cancellations(postgres::Session& session, const std::vector<CancelRequest>& requests);

/// Whether any order has an open request: one look into an index that is nearly always empty. Throws Unavailable.
bool has_cancel_requests(postgres::Session& session);

/// Those of the orders that have an open request. Ids that are no UUIDs are ignored. Throws Unavailable.
std::vector<std::string> find_cancel_requests(postgres::Session& session, const std::vector<std::string>& order_ids);

}  // namespace esteira::runtime::orders
