#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/logging/trace.hpp"
#include "runtime/orders/store/cancellation.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/orders/store/order_reader.hpp"
#include "runtime/orders/store/order_store.hpp"
#include "runtime/orders/store/scheduled_messages.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/support/test_database.hpp"

namespace esteira::test {

using runtime::orders::NewOrder;
using runtime::orders::RecordedResult;
using runtime::orders::StageResult;
using runtime::orders::store_orders;
using runtime::orders::StoreResult;

/// A session that can do all that is done with orders.
class OrderSession : public runtime::postgres::Session {
 public:
  explicit OrderSession(const TestDatabase& database)
      : Session(database.url(), "test", [](pqxx::connection& connection) {
          runtime::orders::prepare_order_store(connection);
          runtime::orders::prepare_ledger(connection);
          runtime::orders::prepare_scheduled_messages(connection);
          runtime::orders::prepare_reader(connection);
          runtime::orders::prepare_cancellation(connection);
        }) {}
};

inline Message small_order() {
  Message order;
  order.order_id = runtime::random_uuid();
  order.workflow = "default";
  order.customer_id = "7";
  order.items = {{"ABC", 2, {}}, {"XYZ", 1, {}}};
  return order;
}

inline NewOrder new_order(std::string key = {}, char hash = 'h', Message order = small_order()) {
  auto event = runtime::orders::first_event(order, "orders", "order.created");
  return {std::move(order), std::move(key), std::string(32, hash), std::move(event)};
}

/// A stored order's id.
inline std::string place_order(runtime::postgres::Session& session) {
  return store_orders(session, {new_order()}).at(0).order_id;
}

inline StageResult result_for(const std::string& order_id, const std::string& stage, const std::string& status = {}) {
  StageResult result;
  result.order_id = order_id;
  result.stage = stage;
  result.status = status;
  return result;
}

inline StageResult failure_for(const std::string& order_id, const std::string& stage, const std::string& reason) {
  auto result = result_for(order_id, stage);
  result.kind = StageResult::Kind::failed;
  result.detail = reason;
  return result;
}

inline StageResult retry_for(const std::string& order_id, const std::string& stage, int attempt) {
  auto result = result_for(order_id, stage);
  result.kind = StageResult::Kind::retry;
  result.attempt = attempt;
  result.detail = "not now";
  return result;
}

inline StageResult scheduled(StageResult result, std::chrono::milliseconds delay, const std::string& exchange) {
  result.schedule = std::make_shared<const runtime::orders::MessageSchedule>(
      runtime::orders::MessageSchedule{delay, exchange, "order.created", "trace", R"({"as":"received"})"});
  return result;
}

/// The result of a message whose order is to be cancelled.
inline StageResult cancelled_for(const std::string& order_id, const std::string& stage) {
  auto result = result_for(order_id, stage);
  result.kind = StageResult::Kind::cancelled;
  return result;
}

/// Asks to cancel an order.
inline runtime::orders::CancelAnswer request_cancellation(runtime::postgres::Session& session,
                                                          const std::string& order_id) {
  return runtime::orders::request_cancellations(session, {{order_id, {}}}).at(0);
}

/// The snooze of a message that was sent after `snoozes` of them.
inline StageResult snooze_for(const std::string& order_id, const std::string& stage, int snoozes,
                              std::chrono::milliseconds delay = std::chrono::milliseconds(1),
                              const std::string& exchange = "orders", int attempt = 1) {
  auto result = result_for(order_id, stage);
  result.kind = StageResult::Kind::snooze;
  result.attempt = attempt;
  result.snoozes = snoozes;
  result.detail = "not yet";
  return scheduled(std::move(result), delay, exchange);
}

inline StageResult scheduled_retry_for(const std::string& order_id, const std::string& stage, int attempt,
                                       int snoozes = 0) {
  auto result = retry_for(order_id, stage, attempt);
  result.snoozes = snoozes;
  return scheduled(std::move(result), std::chrono::milliseconds(1), "orders");
}

inline std::vector<RecordedResult> record_results(runtime::postgres::Session& session,
                                                  const std::vector<StageResult>& results) {
  std::vector<const StageResult*> batch;
  batch.reserve(results.size());
  for (const auto& result : results) batch.push_back(&result);
  return runtime::orders::record_results(session, batch);
}

/// Records one result.
inline RecordedResult record_one(runtime::postgres::Session& session, const StageResult& result) {
  return record_results(session, {result}).at(0);
}

}  // namespace esteira::test
