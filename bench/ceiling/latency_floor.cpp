#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "bench/ceiling/bare_broker.hpp"
#include "bench/ceiling/bare_database.hpp"
#include "bench/ceiling/ceilings.hpp"
#include "bench/ceiling/sample_order.hpp"
#include "bench/load/latencies.hpp"
#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Sends one order at a time through both servers; each step begins when the previous one is done.
class SequentialOrders {
 public:
  SequentialOrders(const std::string& database_url, const std::string& rabbitmq_url)
      : database_(database_url), publisher_(rabbitmq_url) {
    for (std::size_t hop = 0; hop < kBareStages.size(); ++hop) {
      publisher_.declare(queue(hop));
      consumers_.at(hop) = std::make_unique<BareBroker>(rabbitmq_url);
      consumers_.at(hop)->consume(queue(hop), 1);
    }
    publisher_.confirm_select();
  }

  void pass(std::size_t number) {
    const auto order = sample_order(number);
    const auto body = runtime::orders::write_envelope(order);
    const auto start = Clock::now();
    auto step = start;
    const auto ids = database_.store({order});
    step = record_since(commits_, step);
    for (std::size_t hop = 0; hop < kBareStages.size(); ++hop) {
      publisher_.publish(queue(hop), body);
      consumers_.at(hop)->receive(1);
      step = record_since(hops_, step);
      database_.record_stage(ids, kBareStages.at(hop));
      step = record_since(commits_, step);
    }
    record_since(orders_, start);
    finish(ids);
  }

  void report(nlohmann::ordered_json& metrics) {
    commits_.report("commit", metrics);
    hops_.report("hop", metrics);
    orders_.report("completed", metrics);
  }

  void remove_queues() {
    for (std::size_t hop = 0; hop < kBareStages.size(); ++hop) publisher_.remove(queue(hop));
  }

 private:
  static std::string queue(std::size_t hop) { return std::string("bench.latency.") + kBareStages.at(hop).name; }

  static Clock::time_point record_since(Latencies& into, Clock::time_point since) {
    const auto now = Clock::now();
    into.add(now - since);
    return now;
  }

  /// Work that is not part of the latency: confirms, acknowledgements and the delete from the outbox.
  void finish(const std::string& ids) {
    publisher_.await_confirms();
    for (const auto& consumer : consumers_) consumer->acknowledge();
    database_.delete_outbox_rows(ids);
  }

  BareDatabase database_;
  BareBroker publisher_;
  std::array<std::unique_ptr<BareBroker>, kBareStages.size()> consumers_;
  Latencies commits_;
  Latencies hops_;
  Latencies orders_;
};

}  // namespace

nlohmann::ordered_json measure_latency_floor(const std::string& database_url, const std::string& rabbitmq_url,
                                             std::size_t orders, std::size_t orders_per_second) {
  SequentialOrders sequence(database_url, rabbitmq_url);
  const auto start = Clock::now();
  for (std::size_t number = 0; number < orders; ++number) {
    std::this_thread::sleep_until(start +
                                  std::chrono::nanoseconds(std::chrono::seconds(1)) * number / orders_per_second);
    sequence.pass(number);
  }
  sequence.remove_queues();
  nlohmann::ordered_json metrics;
  sequence.report(metrics);
  return metrics;
}

}  // namespace esteira::bench
