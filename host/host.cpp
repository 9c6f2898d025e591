#include "host/host.hpp"

#include <algorithm>
#include <utility>

#include "host/outcome_policy.hpp"
#include "runtime/http/admin.hpp"
#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/orders/workers/stage_registry.hpp"
#include "runtime/postgres/migrations.hpp"

namespace esteira::host {

namespace {

using std::chrono::milliseconds;

runtime::StageObject make_stage(const runtime::Plugin& plugin, const std::string& stage,
                                const runtime::Environment& environment) {
  return runtime::create_stage(plugin, runtime::read_plugin_settings(plugin, stage, environment));
}

Executor::Options executor_options(const runtime::Config& config) {
  return {static_cast<std::size_t>(config.integer("ESTEIRA_CONCURRENCY")), config.duration("ESTEIRA_HANDLER_TIMEOUT")};
}

/// Time left until a deadline, but never less than a moment to say goodbye in.
milliseconds left(std::chrono::steady_clock::time_point deadline) {
  const auto rest = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(rest, milliseconds(200));
}

}  // namespace

Host::Host(runtime::Plugin plugin, const runtime::Config& config, const runtime::Environment& environment)
    : plugin_(std::move(plugin)),
      options_(StageOptions::from(config, plugin_.descriptor())),
      database_url_(config.text("DATABASE_URL")),
      host_metrics_(metrics_, options_.stage),
      plugin_metrics_(metrics_, options_.stage),
      consumer_(make_consumer(config)),
      publisher_(make_publisher(config)),
      forwarder_(
          options_, host_metrics_, [this](auto publications) { publisher_->publish(std::move(publications)); },
          [this](const auto& tokens) { finish(tokens); }),
      committer_(
          database_url_, static_cast<std::size_t>(config.integer("ESTEIRA_BATCH_SIZE")), host_metrics_,
          [this](const auto& batch, const auto& applied) { forwarder_.forward(batch, applied); },
          [this](const JobPtr& job, const std::string& reason) { forwarder_.dead_letter_unstorable(job, reason); }),
      executor_(make_stage(plugin_, options_.stage, environment), executor_options(config), plugin_metrics_,
                host_metrics_,
                [this](HandlerResult&& result) { committer_.submit(resolve_outcome(std::move(result), options_)); }),
      quarantine_(database_url_, options_.stage, config.duration("ESTEIRA_HANDLER_TIMEOUT"), executor_, host_metrics_,
                  [this](JobPtr job, const std::string& reason) {
                    committer_.submit(make_failed_result(std::move(job), options_, reason));
                  }),
      inbox_(
          database_url_, options_.stage, [this](const auto& ended) { forwarder_.forward_duplicates(ended); },
          [this](JobPtr job) { quarantine_.submit(std::move(job)); }),
      receiver_(options_, in_flight_, host_metrics_, routes()),
      heartbeat_(database_url_, options_, in_flight_),
      router_(metrics_) {
  require_servers();
  metrics_
      .gauge(
          "esteira_plugin_info", "The plugin this host runs; always 1",
          {{"stage", options_.stage}, {"plugin", plugin_.descriptor().name}, {"version", plugin_.descriptor().version}})
      .Set(1);
  metrics_.gauge("esteira_build_info", "The running version; always 1", {{"version", ESTEIRA_VERSION}}).Set(1);
  server_ = make_server(config);
}

Host::~Host() { stop(milliseconds(0)); }

Receiver::Routes Host::routes() {
  return {.fresh = [this](std::vector<JobPtr> jobs) { executor_.submit(std::move(jobs)); },
          .redelivered = [this](JobPtr job) { inbox_.submit(std::move(job)); },
          .malformed = [this](const JobPtr& job, const std::string& reason) { forwarder_.reject(job, reason); },
          .exhausted =
              [this](JobPtr job, const std::string& reason) {
                committer_.submit(make_failed_result(std::move(job), options_, reason));
              }};
}

std::unique_ptr<runtime::amqp::Consumer> Host::make_consumer(const runtime::Config& config) {
  runtime::amqp::Consumer::Options options;
  options.url = runtime::amqp::BrokerUrl::parse(config.text("RABBITMQ_URL"));
  options.name = "esteira-host " + options_.stage + " consumer";
  options.topology = options_.topology();
  options.prefetch = static_cast<std::uint16_t>(config.integer("ESTEIRA_PREFETCH"));
  return std::make_unique<runtime::amqp::Consumer>(
      std::move(options),
      [this](std::vector<runtime::amqp::Delivery>&& deliveries) { receiver_.receive(std::move(deliveries)); },
      metrics_);
}

std::unique_ptr<runtime::amqp::Publisher> Host::make_publisher(const runtime::Config& config) {
  runtime::amqp::Publisher::Options options;
  options.url = runtime::amqp::BrokerUrl::parse(config.text("RABBITMQ_URL"));
  options.name = "esteira-host " + options_.stage + " publisher";
  options.exchange = options_.exchange;
  return std::make_unique<runtime::amqp::Publisher>(
      std::move(options), [this](const auto& tokens) { finish(tokens); }, metrics_);
}

std::unique_ptr<runtime::http::Server> Host::make_server(const runtime::Config& config) {
  runtime::http::add_admin_routes(router_, metrics_, readiness_, [this] { return executor_.unready_reason(); });
  runtime::http::ServerOptions options;
  options.listen = config.address("ESTEIRA_ADMIN_LISTEN");
  options.threads = 1;
  options.on_refusal = router_.refusal_counter();
  return std::make_unique<runtime::http::Server>(options, std::ref(router_));
}

void Host::require_servers() {
  readiness_.require("database", [this]() -> std::string {
    if (!schema_seen_.is_set()) return "the database is away or has no schema yet (run esteira migrate)";
    return committer_.healthy() ? "" : "commits fail";
  });
  readiness_.require("broker", [this] {
    auto trouble = consumer_->unready_reason();
    return trouble.empty() ? publisher_->unready_reason() : trouble;
  });
}

void Host::start() {
  publisher_->start();
  opening_ = std::thread([this] { open(database_url_); });
}

void Host::open(const std::string& database_url) {
  runtime::postgres::Session session(database_url, "esteira-host start");
  runtime::Backoff backoff(milliseconds(100), milliseconds(2000));
  std::string told;
  while (!stopping_.is_set()) {
    std::string missing;
    try {
      missing = runtime::postgres::missing_schema(session);
      if (missing.empty()) runtime::orders::register_stage(session, options_.record());
    } catch (const std::exception& error) {
      missing = error.what();
    }
    if (missing.empty()) break;
    if (missing != told) runtime::log::warn("waiting for the database", {{"error", missing}});
    told = missing;
    stopping_.wait_for(backoff.next());
  }
  if (stopping_.is_set()) return;
  schema_seen_.set();
  heartbeat_.start();
  consumer_->start();
}

void Host::finish(const std::vector<std::uint64_t>& tokens) {
  const auto ids = in_flight_.finish(tokens);
  runtime::crash_point("confirmed");
  consumer_->ack(ids);
  host_metrics_.in_flight.Set(static_cast<double>(in_flight_.size()));
}

std::vector<runtime::orders::RedriveKey> Host::held() const {
  std::vector<runtime::orders::RedriveKey> keys;
  for (const auto& key : in_flight_.held()) keys.push_back({key.order_id, key.redrive});
  return keys;
}

bool Host::stop(milliseconds timeout) {
  if (std::exchange(stopped_, true)) return true;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  readiness_.stop();
  stopping_.set();
  if (opening_.joinable()) opening_.join();
  // What came last has to be known here: it is released below, or another host would take it for crashed.
  consumer_->stop_receiving(timeout / 10);
  inbox_.stop();
  quarantine_.stop();
  // Handlers get most of the time; committing and confirming what they did must fit into the rest.
  const bool ended = executor_.stop(timeout * 3 / 4);
  committer_.stop(left(deadline));
  publisher_->stop(left(deadline));
  quarantine_.release(held());
  consumer_->stop(left(deadline));
  heartbeat_.stop();
  server_->drain(milliseconds(500));
  return ended;
}

}  // namespace esteira::host
