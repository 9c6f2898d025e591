#pragma once
#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/faults/fleet.hpp"
#include "tests/faults/history_log.hpp"

namespace esteira::faults {

/// A client that places one order after the other and never gives one up: on an error, a timeout or no answer it sends
/// the same again with the same key, to whichever replica. Some it sends twice, at once to both replicas or later; and
/// it looks at its orders from time to time. What it does is as random as its seed, what it meets is not.
class Client {
 public:
  Client(const Fleet& fleet, std::string name, std::uint64_t seed, HistoryLog& log);

  /// Until `stopping`; then finishes the order in hand, unless `giving_up`.
  void run(const std::atomic<bool>& stopping, const std::atomic<bool>& giving_up);

 private:
  struct Accepted {
    std::string key;
    std::string body;
    std::string order_id;
  };
  bool chance(int percent);
  int pick(int least, int most);
  std::vector<Item> choose_items();
  void place(const std::atomic<bool>& giving_up);
  /// The order that was named, if one was.
  std::string send(const std::string& key, const std::string& body, const std::string& replica);
  std::string send_to_both(const std::string& key, const std::string& body);
  void send_again();
  void look();
  const std::string& any_replica();

  const Fleet& fleet_;
  const std::string name_;
  std::mt19937_64 random_;
  HistoryLog& log_;
  int placed_ = 0;
  std::vector<Accepted> accepted_;
};

}  // namespace esteira::faults
