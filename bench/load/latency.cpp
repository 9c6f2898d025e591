#include <unistd.h>

#include <stdexcept>
#include <unordered_map>

#include "bench/load/cpu_meter.hpp"
#include "bench/load/loops.hpp"
#include "bench/load/measurements.hpp"
#include "bench/load/requests.hpp"
#include "bench/load/tally.hpp"

namespace esteira::bench {
namespace {

constexpr std::uint64_t kWatched = 10;  // one order in so many
constexpr std::uint64_t kIsWatch = std::uint64_t{1} << 63U;
constexpr std::chrono::milliseconds kWatchPause{1};
constexpr std::size_t kLatencyConnections = 256;

/// One run: tags are the numbers of the orders, with a bit that tells a GET from the POST.
class LatencyRun {
 public:
  explicit LatencyRun(const Options& options)
      : options_(options),
        requests_(options.token, "latency-" + std::to_string(::getpid())),
        loop_(
            options.port, kLatencyConnections, [this](std::uint64_t tag) { return make(tag); },
            [this](std::uint64_t tag, const Response& response, std::chrono::nanoseconds took) {
              (tag & kIsWatch) != 0 ? watched(tag & ~kIsWatch, response) : placed(tag, response, took);
            }) {}

  Metrics run() {
    const CpuMeter cpu(options_.groups);
    const auto count = static_cast<std::uint64_t>(options_.rate * options_.seconds);
    for (std::uint64_t number = 0; number < count; ++number) loop_.schedule(due(number), number);
    loop_.run();
    tally_.require_all_accepted();
    Metrics metrics;
    tally_.accepted.report("post", metrics);
    completed_.report("completed", metrics);
    cpu.report(tally_.ids.size(), "order", metrics);
    return metrics;
  }

 private:
  [[nodiscard]] Client::Clock::time_point due(std::uint64_t number) const {
    return start_ +
           std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(number) / options_.rate * 1e9));
  }

  std::string make(std::uint64_t tag) {
    return (tag & kIsWatch) != 0 ? requests_.show(watched_ids_.at(tag & ~kIsWatch)) : requests_.place(tag);
  }

  void placed(std::uint64_t number, const Response& response, std::chrono::nanoseconds took) {
    tally_.add(response, took);
    if (number % kWatched != 0) return;
    watched_ids_[number] = order_id_in(response.body);
    loop_.schedule(Client::Clock::now() + kWatchPause, number | kIsWatch);
  }

  void watched(std::uint64_t number, const Response& response) {
    constexpr int kOk = 200;
    const auto now = Client::Clock::now();
    if (response.status != kOk) throw std::runtime_error("a GET was answered " + std::to_string(response.status));
    if (response.body.find(R"("status":"completed")") != std::string::npos) return completed_.add(now - due(number));
    if (now - due(number) > std::chrono::minutes(1)) throw std::runtime_error("an order did not complete in a minute");
    loop_.schedule(now + kWatchPause, number | kIsWatch);
  }

  const Options& options_;
  const Requests requests_;
  Tally tally_;
  Latencies completed_;
  std::unordered_map<std::uint64_t, std::string> watched_ids_;
  OpenLoop loop_;
  const Client::Clock::time_point start_ = Client::Clock::now();
};

}  // namespace

Metrics measure_latency(const Options& options) { return LatencyRun(options).run(); }

}  // namespace esteira::bench
