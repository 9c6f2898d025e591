#pragma once
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>
#include <vector>

namespace esteira::runtime {

/// The metrics of this process. Ask for a metric once, at start, and keep the reference: it lives as long as this
/// object, and counting on it is thread-safe. Names are esteira_*, units are base units, labels are of bounded sets.
class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  prometheus::Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  prometheus::Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  prometheus::Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                                   const Labels& labels = {});

  /// All of them in Prometheus' text format. Thread-safe.
  [[nodiscard]] std::string text() const;

 private:
  prometheus::Registry registry_;
};

/// From half a millisecond to a minute: latencies of requests, handlers and commits.
const std::vector<double>& latency_buckets();
/// Powers of two from 1 to 512: sizes of batches.
const std::vector<double>& size_buckets();

}  // namespace esteira::runtime
