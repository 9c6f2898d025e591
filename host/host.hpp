#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "host/delivery_path.hpp"
#include "host/heartbeat.hpp"
#include "host/stage_options.hpp"
#include "host/stage_registration.hpp"
#include "runtime/config/config.hpp"
#include "runtime/http/router.hpp"
#include "runtime/http/server.hpp"
#include "runtime/lifecycle/readiness.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/plugin/plugin.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Runs one stage: loads its handler from the plugin and works on the deliveries of its queue. A delivery passes
/// consumer → receiver → [inbox → quarantine, when redelivered] → executor → outcome policy → committer → forwarder →
/// publisher → ack; DeliveryPath connects these parts. The host adds what surrounds them: the wait for the database's
/// schema, the registration of the host, the heartbeat, and the admin server with /healthz, /readyz and /metrics.
class Host {
 public:
  /// Checks every setting, makes the plugin's stage and starts the admin server. Throws ConfigError.
  Host(runtime::Plugin plugin, const runtime::Config& config, const runtime::Environment& environment);
  /// Throws what the constructor would throw for these settings. It constructs the plugin's stage, connects to no
  /// server and listens nowhere.
  static void check(const runtime::Plugin& plugin, const runtime::Config& config,
                    const runtime::Environment& environment);
  ~Host();  ///< stops with no timeout
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Returns at once. A thread waits until the database has its schema, and then starts to consume.
  void start();

  /// Stops within `timeout`, as DeliveryPath::stop does. False when a blocking handler could not be ended: the process
  /// must exit without destructors.
  bool stop(std::chrono::milliseconds timeout);

  /// Why this host must not run, in one line with the remedy: another plugin runs under the stage's name. Empty while
  /// it may. When it becomes set, the process gets a SIGTERM. Thread-safe.
  [[nodiscard]] std::string refusal() const;

  /// What /readyz reports. Thread-safe.
  [[nodiscard]] const runtime::Readiness& readiness() const { return readiness_; }
  /// What /healthz reports: what is wrong with the process itself; empty while it is alive. Thread-safe.
  [[nodiscard]] std::string unhealthy_reason() const { return path_.executor_unready_reason(); }

  /// The port of the admin server.
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] const std::string& stage() const { return options_.stage; }

 private:
  void require_servers();
  std::unique_ptr<runtime::http::Server> make_server(const runtime::Config& config);
  void start_when_database_is_ready();
  void compare_installations(runtime::postgres::Session& session);
  void register_host(runtime::postgres::Session& session);
  void refuse(std::string reason);

  const runtime::Plugin plugin_;
  const StageOptions options_;
  const std::string database_url_;
  const runtime::amqp::BrokerUrl broker_;
  runtime::Metrics metrics_;
  runtime::Readiness readiness_;
  runtime::Outage start_outage_{"waiting for the database", "the database is ready"};
  runtime::Outage broker_outage_{"waiting for RabbitMQ to know whose it is", "RabbitMQ is ready"};
  runtime::StopFlag has_schema_;
  runtime::StopFlag stopping_;
  DeliveryPath path_;
  StageRegistration registration_;
  Heartbeat heartbeat_;
  mutable std::mutex refusal_mutex_;
  std::string refusal_;
  runtime::http::Router router_;
  std::unique_ptr<runtime::http::Server> server_;
  std::thread starter_;
  bool stopped_ = false;
};

}  // namespace esteira::host
