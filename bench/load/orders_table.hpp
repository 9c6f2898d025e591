#pragma once
#include <chrono>
#include <cstddef>
#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace esteira::bench {

/// Looks at what became of orders, in the database.
class OrdersTable {
 public:
  explicit OrdersTable(const std::string& url);

  /// The ids of all orders, or of `limit` of them.
  std::vector<std::string> ids();
  std::vector<std::string> ids(std::size_t limit);

  /// Waits until all are completed or failed, and returns how many are not after `timeout`. They are asked for by
  /// primary key, so that the question costs the same however large the table is, in the order given: it waits for one
  /// of some hundred, and then asks once for those before it, which are likely to have ended, too.
  std::size_t await_ended(const std::vector<std::string>& ids, std::chrono::seconds timeout);
  std::size_t failed(const std::vector<std::string>& ids);

  /// What stages did since this object was made, as the timeline has it (when transactions began): the orders that they
  /// completed, and the time from their first effect to the last.
  struct Work {
    std::size_t completed = 0;
    double seconds = 0;
  };
  Work work();

 private:
  void await_chunk(const std::vector<std::string>& ids, std::size_t from, std::size_t to,
                   std::chrono::steady_clock::time_point deadline);
  std::size_t ended(const std::vector<std::string>& ids, std::size_t from, std::size_t to);

  pqxx::connection connection_;
  std::string made_at_;
};

}  // namespace esteira::bench
