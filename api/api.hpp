#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "api/authenticator.hpp"
#include "api/cache_reader.hpp"
#include "api/cache_writer.hpp"
#include "api/circuit_breaker.hpp"
#include "api/cors.hpp"
#include "api/database_probe.hpp"
#include "api/housekeeper.hpp"
#include "api/order_canceller.hpp"
#include "api/order_lister.hpp"
#include "api/order_reader.hpp"
#include "api/order_watch.hpp"
#include "api/order_writer.hpp"
#include "api/outbox_relay.hpp"
#include "api/stage_monitor.hpp"
#include "api/token_watch.hpp"
#include "runtime/config/config.hpp"
#include "runtime/http/router.hpp"
#include "runtime/http/server.hpp"
#include "runtime/lifecycle/readiness.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::api {

/// The esteira-api service: creates its components, connects them, starts and stops them. Started and stopped once,
/// from one thread.
class Api {
 public:
  /// Throws ConfigError when a URL is not valid.
  explicit Api(const runtime::Config& config);
  /// Throws what the constructor would throw for these settings. Connects to no server.
  static void check(const runtime::Config& config);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Returns once the server listens. Throws ConfigError when it cannot listen. PostgreSQL and RabbitMQ need not be
  /// reachable yet.
  void start();
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  /// What /readyz reports. Thread-safe.
  [[nodiscard]] const runtime::Readiness& readiness() const { return readiness_; }

  /// Serves as before, but /readyz answers 503 and each response closes its connection, so that load balancers have
  /// moved the clients elsewhere before `stop` is called.
  void begin_drain();

  /// Responds to the requests in flight, publishes their events and joins all threads. Takes at most about `timeout`.
  void stop(std::chrono::milliseconds timeout);

 private:
  [[nodiscard]] std::string outbox_unready_reason() const;
  void look_up(OrderReader::Lookup&& lookup);
  void use_tokens(const std::vector<ClientToken>& tokens);
  void add_routes(const runtime::Config& config);
  OrderReader::OnTerminal on_terminal();
  static std::unique_ptr<CacheWriter> make_cache_writer(const runtime::Config& config);
  std::unique_ptr<CacheReader> make_cache_reader(const runtime::Config& config);

  runtime::http::ServerOptions server_options_;
  runtime::Metrics metrics_;
  runtime::Readiness readiness_;
  Authenticator authenticator_;
  Cors cors_;
  CircuitBreaker breaker_;
  DatabaseProbe probe_;
  OutboxRelay relay_;
  OrderWriter writer_;
  OrderCanceller canceller_;
  std::unique_ptr<CacheWriter> cache_writer_;  ///< null without REDIS_URL
  OrderReader reader_;
  OrderWatch watch_;
  std::unique_ptr<CacheReader> cache_reader_;  ///< null without REDIS_URL
  OrderLister lister_;
  Housekeeper housekeeper_;
  StageMonitor stage_monitor_;
  TokenWatch token_watch_;
  runtime::http::Router router_;
  std::unique_ptr<runtime::http::Server> server_;
  bool stopped_ = false;
};

}  // namespace esteira::api
