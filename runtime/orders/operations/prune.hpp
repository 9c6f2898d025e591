#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// Finds and deletes old orders that have ended, page by page in the order of their ids. An order has ended when
/// - it is completed, and each stage that may receive one of its events has a result, or is one of `idle_stages`;
/// - or it is failed or cancelled, each failure of its latest redrive was purged or is a refusal, and when it is
///   cancelled, or a stage refused it, the event of that was answered and each stage that may receive one of its events
///   has a result, or is idle.
/// It is old when neither it nor its timeline changed for `age`. An order with an outbox row or a kept dead-letter
/// message is never deleted. An order goes whole, with items, enrichments, timeline and idempotency key, in one
/// statement. Rows that another session has locked are skipped. One thread. Every member throws Unavailable.
class OrderPruner {
 public:
  /// `idle_stages` have no message of an order that old, and nobody needs to answer `optional_events`. `session` must
  /// outlive this.
  OrderPruner(postgres::Session& session, std::chrono::milliseconds age, const std::vector<std::string>& idle_stages,
              const std::vector<std::string>& optional_events);

  /// Looks at the next `page` orders and deletes the old ones that have ended, or only counts them. Returns their
  /// number.
  std::size_t delete_page(std::size_t page) { return run(page, true); }
  std::size_t count_page(std::size_t page) { return run(page, false); }
  /// No order is left to look at. After a page of recent orders whose ids begin with their time (UUID version 7) the
  /// ids up to now are skipped. Ids of another kind, which another program gave, may come behind.
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  std::size_t run(std::size_t page, bool deletes);

  postgres::Session& session_;
  std::string cutoff_;
  std::string idle_stages_;
  std::string optional_events_;
  std::string last_id_;
  bool at_end_ = false;
};

}  // namespace esteira::runtime::orders
