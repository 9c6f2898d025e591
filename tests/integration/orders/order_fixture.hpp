#pragma once
#include <string>
#include <utility>
#include <vector>

#include "runtime/logging/trace.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/orders/store/order_reader.hpp"
#include "runtime/orders/store/order_store.hpp"
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
          runtime::orders::prepare_reader(connection);
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

inline StageResult effect_on(const std::string& order_id, const std::string& stage, const std::string& status = {}) {
  StageResult effect;
  effect.order_id = order_id;
  effect.stage = stage;
  effect.status = status;
  return effect;
}

inline StageResult failure_of(const std::string& order_id, const std::string& stage, const std::string& reason) {
  auto effect = effect_on(order_id, stage);
  effect.kind = StageResult::Kind::failed;
  effect.detail = reason;
  return effect;
}

inline StageResult retry_of(const std::string& order_id, const std::string& stage, int attempt) {
  auto effect = effect_on(order_id, stage);
  effect.kind = StageResult::Kind::retry;
  effect.attempt = attempt;
  effect.detail = "not now";
  return effect;
}

inline std::vector<RecordedResult> record_results(runtime::postgres::Session& session,
                                                  const std::vector<StageResult>& effects) {
  std::vector<const StageResult*> batch;
  batch.reserve(effects.size());
  for (const auto& effect : effects) batch.push_back(&effect);
  return runtime::orders::record_results(session, batch);
}

/// The verdict on one effect alone.
inline RecordedResult apply_one(runtime::postgres::Session& session, const StageResult& effect) {
  return record_results(session, {effect}).at(0);
}

}  // namespace esteira::test
