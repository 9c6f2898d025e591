#include "runtime/metrics/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace esteira::runtime {

prometheus::Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
}

prometheus::Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels);
}

prometheus::Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                                          const std::vector<double>& buckets, const Labels& labels) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add(labels, buckets);
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

const std::vector<double>& latency_buckets() {
  static const std::vector<double> buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                           0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
  return buckets;
}

const std::vector<double>& long_latency_buckets() {
  static const std::vector<double> buckets = [] {
    auto bounds = latency_buckets();
    for (const double seconds : {120, 300, 600, 1800, 3600, 7200, 21'600, 43'200, 86'400}) bounds.push_back(seconds);
    return bounds;
  }();
  return buckets;
}

const std::vector<double>& size_buckets() {
  static const std::vector<double> buckets{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
  return buckets;
}

}  // namespace esteira::runtime
