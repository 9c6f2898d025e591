#include "provider/simulated_provider.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace provider {
namespace {

using http_client::Result;

Result responded(long status, std::string body) {
  Result result;
  result.response.emplace();
  result.response->status = status;
  result.response->body = std::move(body);
  return result;
}

Result timed_out() { return {{}, "the simulated provider does not answer", false}; }

/// Whether an item has the SKU that consists of these two parts.
bool has_sku(const esteira::Message& order, std::string_view name, std::string_view fault) {
  return std::any_of(order.items.begin(), order.items.end(), [&](const esteira::Item& item) {
    return item.sku.size() == name.size() + fault.size() && item.sku.starts_with(name) && item.sku.ends_with(fault);
  });
}

/// The same for the same text: FNV-1a in hexadecimal.
std::string id_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::string id = "sim-";
  for (int shift = 60; shift >= 0; shift -= 4) id += "0123456789abcdef"[(hash >> static_cast<unsigned>(shift)) & 0xFU];
  return id;
}

/// "/charges" of "/charges?key=...".
std::string collection_of(const std::string& path) { return path.substr(0, path.find('?')); }

std::string key_of(const std::string& path) {
  const auto equals = path.find('=');
  return equals == std::string::npos ? std::string() : path.substr(equals + 1);
}

std::int64_t unix_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// The id of a shipment has the time of its request.
std::string created(const esteira::Message& order, const std::string& collection, const std::string& key) {
  auto id = id_of(collection + url_encoded(key));
  if (collection == "/shipments") id += "-" + std::to_string(unix_milliseconds());
  if (collection == "/shipments" || !order.total) return text_object({{"id", id}});
  return text_object({{"id", id}, {"amount", order.total->text()}});
}

}  // namespace

void SimulatedProvider::send(const esteira::Task& task, Request request, Done done) {
  if (delay_.count() == 0) return done(answer(task.message(), request));
  task.context().after(delay_, [this, task, request = std::move(request), done = std::move(done)] {
    done(answer(task.message(), request));
  });
}

Result SimulatedProvider::answer(const esteira::Message& order, const Request& request) const {
  if (!request.body.empty()) return create(order, request);
  if (request.path.starts_with("/shipments/")) return track(order, request.path);
  const auto collection = collection_of(request.path);
  // A charge is asked for by the stage that refunds it as well.
  const auto owner = collection == "/charges" ? std::string("PAYMENT") : name_;
  if (!has_sku(order, owner, "-TIMEOUT-AFTER")) return responded(404, text_object({{"title", "not found"}}));
  return responded(200, text_object({{"id", id_of(collection + key_of(request.path))},
                                     {"amount", order.total.value_or(esteira::Money{}).text()}}));
}

Result SimulatedProvider::create(const esteira::Message& order, const Request& request) const {
  const bool is_first = order.attempt == 1 && order.redrive == 0;
  if (has_sku(order, name_, "-REFUSE"))
    return responded(402, text_object({{"detail", "the simulated provider refuses " + name_ + "-REFUSE"}}));
  if (is_first && has_sku(order, name_, "-FAIL-ONCE")) return responded(503, text_object({{"title", "out of order"}}));
  for (const auto* fault : {"-TIMEOUT-BEFORE", "-TIMEOUT-AFTER"})
    if (is_first && has_sku(order, name_, fault)) return timed_out();
  return responded(201, created(order, collection_of(request.path), request.key));
}

/// Of a request for "/shipments/sim-...-<time>". A shipment of another provider has arrived.
Result SimulatedProvider::track(const esteira::Message& order, const std::string& path) const {
  const auto dash = path.rfind('-');
  const auto time = dash == std::string::npos ? 0 : std::strtoll(path.c_str() + dash + 1, nullptr, 10);
  if (const auto left = time + transit_.count() - unix_milliseconds(); left > 0) {
    auto result = responded(200, text_object({{"status", "in transit"}}));
    result.response->headers.emplace("retry-after", std::to_string(left / 1000 + 1));
    return result;
  }
  return responded(200, text_object({{"status", has_sku(order, "DELIVERY", "-LOST") ? "lost" : "delivered"}}));
}

}  // namespace provider
