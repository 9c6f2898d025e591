#include "api/cache_reader.hpp"

#include <utility>

#include "api/responses.hpp"

namespace esteira::api {

namespace {

prometheus::Counter& lookups(runtime::Metrics& metrics, const char* result) {
  return metrics.counter("esteira_cache_lookups_total",
                         "Lookups of orders in Redis. bypass: Redis failed or was not asked.", {{"result", result}});
}

/// Redis may be shared with programs that write other values.
bool is_order(const std::string& value, const std::string& order_id) {
  return value.starts_with('{') && value.ends_with('}') && value.find(order_id) != std::string::npos;
}

}  // namespace

CacheReader::CacheReader(const CacheOptions& options, OnMiss on_miss, runtime::Metrics& metrics)
    : on_miss_(std::move(on_miss)),
      hits_(lookups(metrics, "hit")),
      misses_(lookups(metrics, "miss")),
      bypassed_(lookups(metrics, "bypass")),
      worker_(
          {.name = "reading orders",
           .url = options.url,
           .timeout = options.timeout,
           .check = [](auto& redis) { redis.get({kCacheCheckKey}); }},
          [this](auto& redis, auto& batch) { look_up(redis, batch); },
          [this](OrderReader::Lookup&& lookup) {
            bypassed_.Increment();
            on_miss_(std::move(lookup));
          }) {}

void CacheReader::look_up(runtime::cache::Redis& redis, std::vector<OrderReader::Lookup>& batch) {
  std::vector<std::string> keys;
  keys.reserve(batch.size());
  for (const auto& lookup : batch) keys.push_back(cache_key(lookup.order_id, lookup.owner));
  auto values = redis.get(keys);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (values[i] && is_order(*values[i], batch[i].order_id)) {
      hits_.Increment();
      batch[i].responder.send(order_found(*std::move(values[i]), batch[i].if_none_match));
    } else {
      misses_.Increment();
      on_miss_(std::move(batch[i]));
    }
  }
}

}  // namespace esteira::api
