#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/faults/deployment.hpp"
#include "tests/faults/history_recorder.hpp"

namespace esteira::faults {

/// A client that places one order after the other and retries each until it is accepted: after an error, a timeout or a
/// missing response it sends the same order with the same key to a random replica. It sends some orders twice, to both
/// replicas at once or again later, and polls its orders now and then. Half of its orders have prices and are of the
/// workflow checkout. It cancels some, at once or later, and repeats a cancellation until it is answered. Its own
/// choices depend only on the seed.
class RetryingClient {
 public:
  RetryingClient(const Deployment& deployment, std::string name, std::uint64_t seed, HistoryRecorder& log);

  /// Runs until `stopping`; then finishes its current order and its cancellations, unless `aborting`.
  void run(const std::atomic<bool>& stopping, const std::atomic<bool>& aborting);

  /// Places one order that no stage refuses.
  void place_answered();

 private:
  struct Accepted {
    std::string key;
    std::string body;
    std::string order_id;
  };
  struct Choice {
    std::vector<Item> items;
    int unit_cents = 0;
  };
  struct Cancellation {
    std::string key;
    std::string order_id;
    std::chrono::steady_clock::time_point due;
  };
  bool chance(int percent);
  int pick(int least, int most);
  Choice choose_order();
  void place(const Choice& choice, const std::atomic<bool>& aborting);
  /// Returns the order id of the response; empty without one.
  std::string send(const std::string& key, const std::string& body, const std::string& replica);
  std::string send_to_both(const std::string& key, const std::string& body);
  void send_duplicate();
  void poll_order();
  void choose_cancellation();
  /// Requests the cancellations that are due. Keeps those that were not answered.
  void send_due_cancellations();
  bool send_cancellation(const Cancellation& cancellation);
  const std::string& any_replica();

  const Deployment& deployment_;
  const std::string name_;
  std::mt19937_64 random_;
  HistoryRecorder& recorder_;
  int placed_ = 0;
  std::vector<Accepted> accepted_;
  std::vector<Cancellation> cancellations_;
};

}  // namespace esteira::faults
