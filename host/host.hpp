#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/committer.hpp"
#include "host/executor.hpp"
#include "host/forwarder.hpp"
#include "host/heartbeat.hpp"
#include "host/host_metrics.hpp"
#include "host/in_flight.hpp"
#include "host/inbox.hpp"
#include "host/plugin_metrics.hpp"
#include "host/quarantine.hpp"
#include "host/receiver.hpp"
#include "host/stage_options.hpp"
#include "runtime/amqp/consumer.hpp"
#include "runtime/amqp/publisher.hpp"
#include "runtime/config/config.hpp"
#include "runtime/http/router.hpp"
#include "runtime/http/server.hpp"
#include "runtime/lifecycle/readiness.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/plugin/plugin.hpp"

namespace esteira::host {

/// One stage at work. A delivery goes one way: consumer → receiver (→ inbox → quarantine, for what was delivered
/// before) → executor → committer → forwarder → publisher → ack. The delivery stays unacknowledged until the end, so a
/// crash anywhere on the way loses nothing.
class Host {
 public:
  /// Checks every setting, makes the plugin's stage and listens for /healthz, /readyz and /metrics. Throws ConfigError.
  Host(runtime::Plugin plugin, const runtime::Config& config, const runtime::Environment& environment);
  ~Host();  ///< stops with no timeout
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Begins to consume as soon as the database has its schema. Returns at once.
  void start();

  /// Takes nothing new, lets what runs finish, acknowledges what is committed and leaves the rest to the broker; all
  /// within `timeout`. False when a blocking handler could not be ended: the process must exit without destructors.
  bool stop(std::chrono::milliseconds timeout);

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] const std::string& stage() const { return options_.stage; }

 private:
  Receiver::Routes routes();
  void require_servers();
  void open(const std::string& database_url);
  [[nodiscard]] std::vector<runtime::orders::RedriveKey> held() const;
  void finish(const std::vector<std::uint64_t>& tokens);
  std::unique_ptr<runtime::amqp::Consumer> make_consumer(const runtime::Config& config);
  std::unique_ptr<runtime::amqp::Publisher> make_publisher(const runtime::Config& config);
  std::unique_ptr<runtime::http::Server> make_server(const runtime::Config& config);

  const runtime::Plugin plugin_;
  const StageOptions options_;
  const std::string database_url_;
  runtime::Metrics metrics_;
  HostMetrics host_metrics_;
  PluginMetrics plugin_metrics_;
  runtime::Readiness readiness_;
  runtime::StopFlag schema_seen_;
  runtime::StopFlag stopping_;
  InFlight in_flight_;
  std::unique_ptr<runtime::amqp::Consumer> consumer_;
  std::unique_ptr<runtime::amqp::Publisher> publisher_;
  Forwarder forwarder_;
  Committer committer_;
  Executor executor_;
  Quarantine quarantine_;
  Inbox inbox_;
  Receiver receiver_;
  Heartbeat heartbeat_;
  runtime::http::Router router_;
  std::unique_ptr<runtime::http::Server> server_;
  std::thread opening_;
  bool stopped_ = false;
};

}  // namespace esteira::host
