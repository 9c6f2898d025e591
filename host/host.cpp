#include "host/host.hpp"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "runtime/amqp/installation_mark.hpp"
#include "runtime/config/workflows.hpp"
#include "runtime/http/admin.hpp"
#include "runtime/lifecycle/retry.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/metrics/shared_metrics.hpp"
#include "runtime/orders/workers/installation_id.hpp"
#include "runtime/orders/workers/stage_registry.hpp"
#include "runtime/postgres/migrations.hpp"

namespace esteira::host {

namespace {

using std::chrono::milliseconds;

runtime::StageObject make_stage(const runtime::Plugin& plugin, const std::string& stage,
                                const runtime::Environment& environment) {
  for (const auto& variable : runtime::unread_plugin_settings(plugin, stage, environment)) {
    runtime::log::warn("a setting is not read: it is named after the plugin, and the stage has another name",
                       {{"setting", variable}, {"read", runtime::setting_prefix(stage) + "..."}});
  }
  return runtime::create_stage(plugin, runtime::read_plugin_settings(plugin, stage, environment));
}

void set_plugin_info(runtime::Metrics& metrics, const std::string& stage, const esteira_plugin_descriptor& plugin) {
  const runtime::Metrics::Labels labels{{"stage", stage}, {"plugin", plugin.name}, {"version", plugin.version}};
  metrics.gauge("esteira_plugin_info", "The plugin that this host runs; always 1.", labels).Set(1);
}

}  // namespace

Host::Host(runtime::Plugin plugin, const runtime::Config& config, const runtime::Environment& environment)
    : plugin_(std::move(plugin)),
      options_(StageOptions::from(config, plugin_.descriptor())),
      database_url_(config.text("DATABASE_URL")),
      broker_(runtime::amqp::BrokerUrl::read(config)),
      path_(options_, make_stage(plugin_, options_.stage, environment), config, metrics_),
      registration_(options_, plugin_.descriptor(), config,
                    {[this](const auto& keys) { path_.rebind(keys); }, [this] { return path_.unbound_keys(); }}),
      heartbeat_(database_url_, registration_, path_.in_flight(), path_.breaker()),
      router_(metrics_) {
  require_servers();
  set_plugin_info(metrics_, options_.stage, plugin_.descriptor());
  runtime::set_build_info(metrics_);
  server_ = make_server(config);
}

void Host::check(const runtime::Plugin& plugin, const runtime::Config& config,
                 const runtime::Environment& environment) {
  const auto options = StageOptions::from(config, plugin.descriptor());
  const runtime::postgres::Session session(config.text("DATABASE_URL"), "esteira-host check");
  static_cast<void>(runtime::amqp::BrokerUrl::read(config));
  static_cast<void>(runtime::Workflows::read(config));
  make_stage(plugin, options.stage, environment);
}

Host::~Host() { stop(milliseconds(0)); }

void Host::require_servers() {
  readiness_.require("database", [this]() -> std::string {
    if (!has_schema_.is_set()) {
      auto reason = start_outage_.reason();
      return reason.empty() ? "the database has not been reached yet" : reason;
    }
    auto reason = path_.database_unready_reason();
    return reason.empty() ? heartbeat_.unready_reason() : reason;
  });
  readiness_.require("broker", [this] { return path_.broker_unready_reason(); });
  readiness_.note("breaker", [this] { return path_.breaker().describe(); });
}

std::unique_ptr<runtime::http::Server> Host::make_server(const runtime::Config& config) {
  runtime::http::add_admin_routes(router_, metrics_, readiness_, [this] { return path_.executor_unready_reason(); });
  runtime::http::ServerOptions options;
  options.listen = config.address("ESTEIRA_ADMIN_LISTEN");
  options.threads = 1;
  options.on_rejected = router_.rejected_counter();
  options.on_dropped = router_.dropped_counter();
  return std::make_unique<runtime::http::Server>(options, std::ref(router_));
}

void Host::start() {
  path_.start_publisher();
  starter_ = std::thread([this] { start_when_database_is_ready(); });
}

void Host::start_when_database_is_ready() {
  runtime::postgres::Session session(database_url_, "esteira-host start");
  const auto find_schema = [&session] {
    const auto missing = runtime::postgres::missing_schema(session);
    if (!missing.empty()) throw runtime::postgres::Unavailable(missing);
  };
  if (!runtime::retry_until_done(stopping_, start_outage_, find_schema)) return;
  has_schema_.set();
  // First of all: a host of another installation must not even register.
  const auto compare = [&] { compare_installations(session); };
  if (!runtime::retry_until_done(stopping_, broker_outage_, compare) || !refusal().empty()) return;
  const auto register_this = [&] { register_host(session); };
  if (!runtime::retry_until_done(stopping_, start_outage_, register_this) || !refusal().empty()) return;
  const auto follow_pause = [&] { registration_.follow_pause(session, path_.breaker()); };
  if (!runtime::retry_until_done(stopping_, start_outage_, follow_pause)) return;
  heartbeat_.start();
  path_.start_consumer();
}

void Host::compare_installations(runtime::postgres::Session& session) {
  const auto [id, database] = runtime::orders::read_installation_id(session);
  const runtime::amqp::InstallationMark mark(broker_, options_.exchange, id, database);
  if (auto mismatch = mark.make_or_compare(); !mismatch.empty()) refuse(std::move(mismatch));
}

void Host::register_host(runtime::postgres::Session& session) {
  try {
    registration_.begin(session);
  } catch (const runtime::orders::StageConflict& conflict) {
    refuse(conflict.what());
  }
}

/// main waits for a signal, so this wakes it.
void Host::refuse(std::string reason) {
  {
    const std::lock_guard lock(refusal_mutex_);
    refusal_ = std::move(reason);
  }
  ::kill(::getpid(), SIGTERM);
}

std::string Host::refusal() const {
  const std::lock_guard lock(refusal_mutex_);
  return refusal_;
}

bool Host::stop(milliseconds timeout) {
  if (std::exchange(stopped_, true)) return true;
  readiness_.stop();
  stopping_.set();
  if (starter_.joinable()) starter_.join();
  const bool all_ended = path_.stop(timeout);
  heartbeat_.stop();
  server_->drain(milliseconds(500));
  return all_ended;
}

}  // namespace esteira::host
