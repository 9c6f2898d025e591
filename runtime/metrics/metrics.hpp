#pragma once
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>
#include <vector>

namespace esteira::runtime {

/// The Prometheus metrics of this process. Thread-safe.
/// A metric is created by the first call with its name and labels; later calls return the same one. Look it up once, at
/// the start, and keep the reference: a lookup is slow. The reference is valid as long as this object.
/// Names start with `esteira_`, units are base units (seconds, bytes), and a label has a bounded set of values.
/// A name that is registered with another type, or an invalid label name, throws std::invalid_argument.
class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  prometheus::Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  prometheus::Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  prometheus::Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                                   const Labels& labels = {});

  /// All metrics in the Prometheus text format.
  [[nodiscard]] std::string text() const;

 private:
  prometheus::Registry registry_;
};

/// Upper bounds from 0.5 ms to 60 s, in seconds: for requests and commits.
const std::vector<double>& latency_buckets();
/// Upper bounds from 0.5 ms to a day, in seconds: for what may wait for a retry, a supplier or an operator.
const std::vector<double>& long_latency_buckets();
/// Upper bounds from 1 to 512, powers of two: for the sizes of batches.
const std::vector<double>& size_buckets();

}  // namespace esteira::runtime
