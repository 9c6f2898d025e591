#pragma once
#include <string>
#include <utility>
#include <vector>

#include "runtime/logging/trace.hpp"
#include "runtime/orders/intake.hpp"
#include "runtime/orders/ledger.hpp"
#include "runtime/orders/reader.hpp"
#include "tests/support/test_database.hpp"

namespace esteira::test {

using runtime::orders::Applied;
using runtime::orders::Effect;
using runtime::orders::NewOrder;
using runtime::orders::store_batch;
using runtime::orders::Stored;

/// A session that can do all that is done with orders.
class OrderSession : public runtime::postgres::Session {
 public:
  explicit OrderSession(const TestDatabase& database)
      : Session(database.url(), "test", [](pqxx::connection& connection) {
          runtime::orders::prepare_intake(connection);
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
  return store_batch(session, {new_order()}).at(0).order_id;
}

inline Effect effect_on(const std::string& order_id, const std::string& stage, const std::string& status = {}) {
  Effect effect;
  effect.order_id = order_id;
  effect.stage = stage;
  effect.status = status;
  return effect;
}

inline Effect failure_of(const std::string& order_id, const std::string& stage, const std::string& reason) {
  auto effect = effect_on(order_id, stage);
  effect.kind = Effect::Kind::failed;
  effect.detail = reason;
  return effect;
}

inline Effect retry_of(const std::string& order_id, const std::string& stage, int attempt) {
  auto effect = effect_on(order_id, stage);
  effect.kind = Effect::Kind::retry;
  effect.attempt = attempt;
  effect.detail = "not now";
  return effect;
}

inline std::vector<Applied> apply_batch(runtime::postgres::Session& session, const std::vector<Effect>& effects) {
  std::vector<const Effect*> batch;
  batch.reserve(effects.size());
  for (const auto& effect : effects) batch.push_back(&effect);
  return runtime::orders::apply_batch(session, batch);
}

/// The verdict on one effect alone.
inline Applied apply_one(runtime::postgres::Session& session, const Effect& effect) {
  return apply_batch(session, {effect}).at(0);
}

}  // namespace esteira::test
