#pragma once
#include <chrono>
#include <cstdint>
#include <memory>

#include "api/authenticator.hpp"
#include "api/cache_reader.hpp"
#include "api/cache_writer.hpp"
#include "api/housekeeper.hpp"
#include "api/order_reader.hpp"
#include "api/order_routes.hpp"
#include "api/order_writer.hpp"
#include "api/outbox_relay.hpp"
#include "runtime/config/config.hpp"
#include "runtime/http/router.hpp"
#include "runtime/http/server.hpp"
#include "runtime/lifecycle/readiness.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::api {

/// The whole of esteira-api: the pieces, wired. One start and one stop, from one thread.
class Api {
 public:
  /// Throws ConfigError for a URL that is none.
  explicit Api(const runtime::Config& config);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Listens when it returns; throws ConfigError when it cannot. PostgreSQL and RabbitMQ may be away.
  void start();
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  /// Serves as before, but is not ready any more, and each answer asks its client to connect anew: clients that go by
  /// /readyz are somewhere else when `stop` comes.
  void begin_drain();

  /// Answers what is in flight, publishes what is due, ends all threads; at most about `timeout` later.
  void stop(std::chrono::milliseconds timeout);

 private:
  static std::unique_ptr<CacheWriter> make_cache_writer(const runtime::Config& config);
  std::unique_ptr<CacheReader> make_cache_reader(const runtime::Config& config);

  runtime::http::ServerOptions server_options_;
  runtime::Metrics metrics_;
  runtime::Readiness readiness_;
  Authenticator authenticator_;
  OutboxRelay relay_;
  OrderWriter writer_;
  std::unique_ptr<CacheWriter> cache_writer_;  ///< none without REDIS_URL
  OrderReader reader_;
  std::unique_ptr<CacheReader> cache_reader_;  ///< none without REDIS_URL
  Housekeeper housekeeper_;
  OrderRoutes routes_;
  runtime::http::Router router_;
  std::unique_ptr<runtime::http::Server> server_;
  bool stopped_ = false;
};

}  // namespace esteira::api
