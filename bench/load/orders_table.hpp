#pragma once
#include <chrono>
#include <cstddef>
#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace esteira::bench {

/// Reads the state of orders from the database. One thread.
class OrdersTable {
 public:
  explicit OrdersTable(const std::string& url);

  /// The ids of all orders, or of any `limit` orders.
  std::vector<std::string> ids();
  std::vector<std::string> ids(std::size_t limit);

  /// Waits until all are completed or failed, at most `timeout`, and returns how many are not. Queries by primary key,
  /// so the cost does not depend on the size of the table: for each chunk of 500 it first waits for the last order, and
  /// then queries the others, which are probably terminal by then.
  std::size_t await_terminal(const std::vector<std::string>& ids, std::chrono::seconds timeout);
  std::size_t count_failed(const std::vector<std::string>& ids);
  /// The hops of these orders: one for each message that a stage has done.
  std::size_t count_hops(const std::vector<std::string>& ids);

  /// What stages did since this object was constructed, from the timeline (times are starts of transactions): the
  /// orders that they completed, all their hops, and the time from their first effect to the last.
  struct StageActivity {
    std::size_t completed = 0;
    std::size_t hops = 0;
    double seconds = 0;
  };
  StageActivity stage_activity();

 private:
  void await_chunk(const std::vector<std::string>& ids, std::size_t from, std::size_t to,
                   std::chrono::steady_clock::time_point deadline);
  std::size_t count_terminal(const std::vector<std::string>& ids, std::size_t from, std::size_t to);

  pqxx::connection connection_;
  std::string created_at_;
};

}  // namespace esteira::bench
