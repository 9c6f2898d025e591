#include <unistd.h>

#include <stdexcept>
#include <unordered_map>

#include "bench/load/cpu_meter.hpp"
#include "bench/load/load_loops.hpp"
#include "bench/load/measurements.hpp"
#include "bench/load/post_results.hpp"
#include "bench/load/request_builder.hpp"

namespace esteira::bench {
namespace {

constexpr std::uint64_t kPolledEvery = 10;  // one order in ten
constexpr std::uint64_t kIsPoll = std::uint64_t{1} << 63U;
constexpr std::chrono::milliseconds kPollPause{1};
constexpr std::size_t kLatencyConnections = 256;

/// One run. A tag is the number of an order; the highest bit marks the GETs.
class LatencyRun {
 public:
  explicit LatencyRun(const Options& options)
      : options_(options),
        requests_(options.token, "latency-" + std::to_string(::getpid())),
        loop_(
            options.port, kLatencyConnections, [this](std::uint64_t tag) { return make(tag); },
            [this](std::uint64_t tag, const Response& response, std::chrono::nanoseconds latency) {
              (tag & kIsPoll) != 0 ? poll_response(tag & ~kIsPoll, response) : post_response(tag, response, latency);
            }) {}

  Metrics run() {
    const CpuMeter cpu(options_.groups);
    const auto count = static_cast<std::uint64_t>(options_.rate * options_.seconds);
    for (std::uint64_t number = 0; number < count; ++number) loop_.schedule(due(number), number);
    loop_.run();
    post_results_.require_all_accepted();
    Metrics metrics;
    post_results_.accepted.report("post", metrics);
    completed_.report("completed", metrics);
    cpu.report(post_results_.ids.size(), "order", metrics);
    return metrics;
  }

 private:
  [[nodiscard]] HttpClient::Clock::time_point due(std::uint64_t number) const {
    return start_ +
           std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(number) / options_.rate * 1e9));
  }

  std::string make(std::uint64_t tag) {
    return (tag & kIsPoll) != 0 ? requests_.get_order(polled_ids_.at(tag & ~kIsPoll)) : requests_.post_order(tag);
  }

  void post_response(std::uint64_t number, const Response& response, std::chrono::nanoseconds latency) {
    post_results_.add(response, latency);
    if (number % kPolledEvery != 0) return;
    polled_ids_[number] = parse_order_id(response.body);
    loop_.schedule(HttpClient::Clock::now() + kPollPause, number | kIsPoll);
  }

  void poll_response(std::uint64_t number, const Response& response) {
    constexpr int kOk = 200;
    const auto now = HttpClient::Clock::now();
    if (response.status != kOk) throw std::runtime_error("a GET got status " + std::to_string(response.status));
    if (response.body.find(R"("status":"completed")") != std::string::npos) return completed_.add(now - due(number));
    if (now - due(number) > std::chrono::minutes(1)) throw std::runtime_error("an order did not complete in a minute");
    loop_.schedule(now + kPollPause, number | kIsPoll);
  }

  const Options& options_;
  const RequestBuilder requests_;
  PostResults post_results_;
  Latencies completed_;
  std::unordered_map<std::uint64_t, std::string> polled_ids_;
  OpenLoop loop_;
  const HttpClient::Clock::time_point start_ = HttpClient::Clock::now();
};

}  // namespace

Metrics measure_latency(const Options& options) { return LatencyRun(options).run(); }

}  // namespace esteira::bench
