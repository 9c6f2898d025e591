#include "api/api.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/cancel_order.hpp"
#include "api/get_order.hpp"
#include "api/list_orders.hpp"
#include "api/post_order.hpp"
#include "runtime/http/admin.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/metrics/shared_metrics.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

namespace {

using runtime::Config;
using std::chrono::milliseconds;

std::size_t size_setting(const Config& config, std::string_view name) {
  return static_cast<std::size_t>(config.integer(name));
}

runtime::http::ServerOptions server_options(const Config& config) {
  runtime::http::ServerOptions options;
  options.listen = config.address("ESTEIRA_LISTEN");
  options.threads = size_setting(config, "ESTEIRA_HTTP_THREADS");
  options.max_body = size_setting(config, "ESTEIRA_MAX_BODY");
  options.idle_timeout = config.duration("ESTEIRA_IDLE_TIMEOUT");
  options.max_connections = size_setting(config, "ESTEIRA_MAX_CONNECTIONS");
  options.has_priority = runtime::http::is_admin_request;
  return options;
}

bool isolates_clients(const Config& config) { return config.text("ESTEIRA_ISOLATE_CLIENTS") == "true"; }

OutboxRelay::Options relay_options(const Config& config) {
  return {config.text("DATABASE_URL"), runtime::amqp::BrokerUrl::read(config), config.text("ESTEIRA_EXCHANGE")};
}

OrderWriter::Options writer_options(const Config& config) {
  return {config.text("DATABASE_URL"), client_names(client_tokens(config)), size_setting(config, "ESTEIRA_WRITERS"),
          size_setting(config, "ESTEIRA_MAX_QUEUED_REQUESTS")};
}

StageMonitor::Options monitor_options(const Config& config) {
  return {config.text("DATABASE_URL"), runtime::amqp::BrokerUrl::read(config), config.text("ESTEIRA_EXCHANGE"),
          std::max(config.duration("ESTEIRA_SWEEP_INTERVAL"), milliseconds(500))};
}

std::optional<CacheOptions> cache_options(const Config& config) {
  if (!config.has("REDIS_URL")) return std::nullopt;
  return CacheOptions{runtime::cache::RedisUrl::read(config), config.duration("ESTEIRA_CACHE_TIMEOUT"),
                      config.duration("ESTEIRA_CACHE_TTL")};
}

/// Requests that wait take at most half of the connections.
OrderWatch::Options watch_options(const Config& config) {
  const auto connections = runtime::http::affordable_connections(size_setting(config, "ESTEIRA_MAX_CONNECTIONS"));
  return {config.text("DATABASE_URL"), std::min(size_setting(config, "ESTEIRA_MAX_WAITERS"), connections / 2)};
}

PostOrder::Options post_order_options(const Config& config) {
  return {size_setting(config, "ESTEIRA_MAX_ITEMS"), runtime::Workflows::read(config), config.text("ESTEIRA_EXCHANGE")};
}

}  // namespace

Api::Api(const Config& config)
    : server_options_(server_options(config)),
      authenticator_(client_tokens(config)),
      cors_(config.origins("ESTEIRA_CORS_ORIGINS")),
      breaker_(metrics_),
      probe_(config.text("DATABASE_URL"), breaker_),
      relay_(relay_options(config), metrics_),
      writer_(
          writer_options(config), breaker_, [this] { probe_.request(); }, relay_, metrics_),
      canceller_({config.text("DATABASE_URL"), size_setting(config, "ESTEIRA_MAX_QUEUED_REQUESTS")}),
      cache_writer_(make_cache_writer(config)),
      reader_(
          {config.text("DATABASE_URL"), size_setting(config, "ESTEIRA_MAX_QUEUED_REQUESTS"), isolates_clients(config)},
          on_terminal(), [this](OrderReader::Lookup&& lookup) { watch_.add(std::move(lookup)); }),
      watch_(
          watch_options(config), [this](OrderReader::Lookup&& lookup) { reader_.submit_again(std::move(lookup)); },
          metrics_),
      cache_reader_(make_cache_reader(config)),
      lister_({config.text("DATABASE_URL"), size_setting(config, "ESTEIRA_MAX_QUEUED_REQUESTS")}),
      housekeeper_(
          {config.text("DATABASE_URL"), config.duration("ESTEIRA_SWEEP_INTERVAL"),
           config.duration("ESTEIRA_IDEMPOTENCY_TTL")},
          [this] { return probe_.is_writable(); }, relay_, metrics_),
      stage_monitor_(monitor_options(config), metrics_),
      token_watch_(config, [this](const auto& tokens) { use_tokens(tokens); }),
      router_(metrics_) {
  runtime::set_build_info(metrics_);
  readiness_.require("database", [this] { return probe_.unready_reason(); });
  readiness_.require("outbox", [this] { return outbox_unready_reason(); });
  add_routes(config);
}

void Api::check(const Config& config) {
  static_cast<void>(client_tokens(config));
  const runtime::postgres::Session session(config.text("DATABASE_URL"), "esteira-api check");
  static_cast<void>(runtime::amqp::BrokerUrl::read(config));
  static_cast<void>(cache_options(config));
  static_cast<void>(runtime::Workflows::read(config));
}

/// Empty while the database explains it: one trouble has one reason.
std::string Api::outbox_unready_reason() const {
  if (!probe_.unready_reason().empty()) return {};
  auto reason = housekeeper_.unready_reason();
  return reason.empty() ? relay_.unready_reason() : reason;
}

Api::~Api() { stop(milliseconds(0)); }

void Api::use_tokens(const std::vector<ClientToken>& tokens) {
  writer_.add_clients(client_names(tokens));
  authenticator_.replace(tokens);
}

void Api::add_routes(const Config& config) {
  const auto add_protected = [this](std::string_view method, std::string_view path,
                                    runtime::http::Router::Route route) {
    router_.add(method, path, authenticator_.protect(std::move(route)));
  };
  add_protected("POST", "/orders", PostOrder(post_order_options(config), writer_));
  add_protected("GET", "/orders", ListOrders(isolates_clients(config), lister_));
  add_protected("GET", "/orders/{id}", GetOrder(isolates_clients(config), [this](OrderReader::Lookup&& lookup) {
                  look_up(std::move(lookup));
                }));
  add_protected("POST", "/orders/{id}/cancel",
                CancelOrder(isolates_clients(config), [this](OrderCanceller::Cancellation&& cancellation) {
                  canceller_.submit(std::move(cancellation));
                }));
  router_.record_apart("/orders/{id}", "wait");
  runtime::http::add_admin_routes(router_, metrics_, readiness_);
}

/// A request that may wait is not for the cache: what the cache has does not change any more.
void Api::look_up(OrderReader::Lookup&& lookup) {
  if (cache_reader_ && !lookup.wait_until) return cache_reader_->submit(std::move(lookup));
  reader_.submit(std::move(lookup));
}

/// Empty without a cache.
OrderReader::OnTerminal Api::on_terminal() {
  if (!cache_writer_) return {};
  return [this](const std::string& id, const std::string& owner, const std::string& body) {
    cache_writer_->store(id, owner, body);
  };
}

std::unique_ptr<CacheWriter> Api::make_cache_writer(const Config& config) {
  const auto options = cache_options(config);
  return options ? std::make_unique<CacheWriter>(*options) : nullptr;
}

std::unique_ptr<CacheReader> Api::make_cache_reader(const Config& config) {
  const auto options = cache_options(config);
  if (!options) return nullptr;
  return std::make_unique<CacheReader>(
      *options, [this](OrderReader::Lookup&& lookup) { reader_.submit(std::move(lookup)); }, metrics_);
}

void Api::start() {
  server_options_.on_rejected = router_.rejected_counter();
  server_options_.on_dropped = router_.dropped_counter();
  if (cors_.enabled()) {
    server_options_.more_headers = [cors = cors_](const auto& request) { return cors.headers_for(request); };
  }
  server_ = std::make_unique<runtime::http::Server>(
      server_options_, [this](runtime::http::Request&& request, runtime::http::Responder responder) {
        router_(std::move(request), std::move(responder));
      });
  relay_.start();
  writer_.start();
  canceller_.start();
  reader_.start();
  watch_.start();
  lister_.start();
  housekeeper_.start();
  stage_monitor_.start();
  token_watch_.start();
  probe_.start();
}

void Api::begin_drain() {
  readiness_.stop();
  if (server_ != nullptr) server_->begin_drain();
  watch_.end_waits();
}

void Api::stop(milliseconds timeout) {
  if (std::exchange(stopped_, true)) return;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const auto time_left = [deadline] {
    const auto remaining = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    return std::max(remaining, milliseconds(0));
  };
  readiness_.stop();
  token_watch_.stop();
  watch_.end_waits();
  if (server_ != nullptr)
    server_->drain(timeout * 3 / 4);  // the remaining quarter is for publishing the events of the last requests
  writer_.stop();
  canceller_.stop();
  if (cache_reader_) cache_reader_->stop();
  watch_.stop();
  reader_.stop();
  lister_.stop();
  if (cache_writer_) cache_writer_->stop();
  housekeeper_.stop();
  stage_monitor_.stop();
  probe_.stop();
  relay_.stop(time_left());
}

}  // namespace esteira::api
