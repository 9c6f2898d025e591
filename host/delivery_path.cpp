#include "host/delivery_path.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "host/outcome_policy.hpp"
#include "runtime/lifecycle/crash_point.hpp"

namespace esteira::host {

namespace {

using std::chrono::milliseconds;

std::size_t size_setting(const runtime::Config& config, std::string_view name) {
  return static_cast<std::size_t>(config.integer(name));
}

PrefetchPolicy::Options prefetch_options(const runtime::StageObject& stage, const runtime::Config& config) {
  return {stage.async ? 0 : size_setting(config, "ESTEIRA_CONCURRENCY"), size_setting(config, "ESTEIRA_PREFETCH"),
          config.duration("ESTEIRA_HANDLER_TIMEOUT")};
}

Executor::Options executor_options(const runtime::Config& config, PrefetchPolicy& prefetch,
                                   const CancellationWatch& cancellations, CircuitBreaker& breaker) {
  return {size_setting(config, "ESTEIRA_CONCURRENCY"), config.duration("ESTEIRA_HANDLER_TIMEOUT"),
          [&prefetch](auto time) { prefetch.observe(time); },
          [&cancellations](const auto& order_id) { return cancellations.is_requested(order_id); }, &breaker};
}

CircuitBreaker::Options breaker_options(const runtime::StageObject& stage, const StageOptions& options,
                                        const runtime::Config& config) {
  const auto full_load = size_setting(config, stage.async ? "ESTEIRA_PREFETCH" : "ESTEIRA_CONCURRENCY");
  return {{options.breaker, config.duration("ESTEIRA_BREAKER_WAIT"), full_load}, config.duration("ESTEIRA_HOLD_LIMIT")};
}

/// The time until the deadline, but never less than an orderly end of a connection takes.
milliseconds time_left(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(left, milliseconds(200));
}

}  // namespace

// Read the parts from the last to the first: that is the order in which a delivery passes them.
DeliveryPath::DeliveryPath(const StageOptions& options, runtime::StageObject stage, const runtime::Config& config,
                           runtime::Metrics& metrics)
    : options_(options),
      metrics_(metrics),
      host_metrics_(metrics, options.stage),
      breaker_metrics_(metrics, options.stage),
      plugin_metrics_(metrics, options.stage),
      prefetch_(prefetch_options(stage, config)),
      cancellation_watch_([this] { return orders_in_flight(); }),
      consumer_(make_consumer(config)),
      publisher_(make_publisher(config)),
      scheduled_sender_(
          config.text("DATABASE_URL"), options,
          [this](auto publications) { publisher_->publish(std::move(publications)); },
          [this] { return publisher_->connected(); }, [this](auto& session) { cancellation_watch_.update(session); }),
      forwarder_(
          options, host_metrics_, [this](auto publications) { publisher_->publish(std::move(publications)); },
          [this](const auto& tokens) { acknowledge(tokens); }),
      committer_(
          config.text("DATABASE_URL"), size_setting(config, "ESTEIRA_BATCH_SIZE"), host_metrics_,
          [this](const auto& batch, const auto& recorded) { forward(batch, recorded); },
          [this](const JobPtr& job, const std::string& reason) { forwarder_.dead_letter_unstorable(job, reason); }),
      breaker_(breaker_options(stage, options, config), breaker_metrics_, breaker_routes()),
      executor_(std::move(stage), executor_options(config, prefetch_, cancellation_watch_, breaker_), plugin_metrics_,
                host_metrics_, [this](HandlerResult&& result) { breaker_.accept(std::move(result)); }),
      quarantine_({config.text("DATABASE_URL"),
                   config.duration("ESTEIRA_HANDLER_TIMEOUT"),
                   config.duration("ESTEIRA_HOLD_LIMIT"),
                   options.delivery_limit,
                   {.stage = options.stage, .instance = options.instance}},
                  executor_, host_metrics_, quarantine_routes()),
      inbox_(config.text("DATABASE_URL"), options.stage, inbox_routes()),
      receiver_(options, in_flight_, host_metrics_, receiver_routes()) {}

std::unique_ptr<runtime::amqp::Consumer> DeliveryPath::make_consumer(const runtime::Config& config) {
  runtime::amqp::Consumer::Options options;
  options.url = runtime::amqp::BrokerUrl::read(config);
  options.name = "esteira-host " + options_.stage + " consumer";
  options.topology = options_.topology();
  options.prefetch = static_cast<std::uint16_t>(prefetch_.base());
  options.more_prefetch = static_cast<std::uint16_t>(prefetch_.more());
  options.wants_more = [this] { return prefetch_.wants_more(); };
  options.on_lost = [this] { quarantine_.claim_in_flight(); };
  return std::make_unique<runtime::amqp::Consumer>(
      std::move(options),
      [this](std::vector<runtime::amqp::Delivery>&& deliveries) { receiver_.receive(std::move(deliveries)); },
      metrics_);
}

Receiver::Routes DeliveryPath::receiver_routes() {
  return {.fresh = [this](std::vector<JobPtr> jobs) { executor_.submit(std::move(jobs)); },
          .known = [this](JobPtr job) { inbox_.submit(std::move(job)); },
          .malformed = [this](const JobPtr& job,
                              const std::string& reason) { forwarder_.dead_letter_malformed(job, reason); }};
}

Inbox::Routes DeliveryPath::inbox_routes() {
  return {.recorded = [this](const Inbox::Duplicates& duplicates) { forwarder_.forward_duplicates(duplicates); },
          .redelivered = [this](JobPtr job) { quarantine_.submit(std::move(job)); },
          .cancelled = [this](JobPtr job) { cancel(std::move(job)); },
          .to_run = [this](std::vector<JobPtr> jobs) { executor_.submit(std::move(jobs)); }};
}

Quarantine::Routes DeliveryPath::quarantine_routes() {
  return {.recorded = [this](const Inbox::Duplicates& duplicates) { forwarder_.forward_duplicates(duplicates); },
          .cancelled = [this](JobPtr job) { cancel(std::move(job)); },
          .overdue = [this](const JobPtr& job) { breaker_.give_back(job); },
          .on_poison = [this](JobPtr job, const std::string& reason) { fail(std::move(job), reason); },
          .in_flight = [this] { return keys_in_flight(); }};
}

CircuitBreaker::Routes DeliveryPath::breaker_routes() {
  return {
      .submit = [this](std::vector<JobPtr> jobs) { executor_.submit(std::move(jobs)); },
      .on_result = [this](HandlerResult&& result) { committer_.submit(resolve_outcome(std::move(result), options_)); },
      .give_back =
          [this](JobPtr job, milliseconds delay, const std::string& reason, bool is_paused) {
            committer_.submit(make_held_result(std::move(job), options_, delay, reason, !is_paused));
          },
      .is_cancelled = [this](const std::string& order_id) { return cancellation_watch_.is_requested(order_id); },
      .cancel = [this](JobPtr job) { cancel(std::move(job)); }};
}

void DeliveryPath::fail(JobPtr job, const std::string& reason) {
  committer_.submit(make_failed_result(std::move(job), options_, reason));
}

void DeliveryPath::cancel(JobPtr job) { committer_.submit(make_cancelled_result(std::move(job), options_)); }

std::unique_ptr<runtime::amqp::Publisher> DeliveryPath::make_publisher(const runtime::Config& config) {
  runtime::amqp::Publisher::Options options;
  options.url = runtime::amqp::BrokerUrl::read(config);
  options.name = "esteira-host " + options_.stage + " publisher";
  options.exchange = options_.exchange;
  return std::make_unique<runtime::amqp::Publisher>(
      std::move(options), [this](const auto& tokens) { on_confirmed(tokens); }, metrics_);
}

void DeliveryPath::forward(const std::vector<JobResult>& batch,
                           const std::vector<runtime::orders::RecordedResult>& recorded) {
  forwarder_.forward(batch, recorded);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (recorded[i].status == runtime::orders::RecordedResult::Status::not_requested) inbox_.submit(batch[i].job);
  }
  const bool is_due_soon = std::any_of(batch.begin(), batch.end(), [](const JobResult& result) {
    return result.stage_result.schedule != nullptr && result.retry_delay < ScheduledSender::kPollInterval;
  });
  if (is_due_soon) scheduled_sender_.notify();
}

void DeliveryPath::on_confirmed(const std::vector<std::uint64_t>& tokens) {
  if (std::none_of(tokens.begin(), tokens.end(), ScheduledSender::owns)) return acknowledge(tokens);
  std::vector<std::uint64_t> of_jobs;
  for (const auto token : tokens) {
    ScheduledSender::owns(token) ? scheduled_sender_.on_confirmed(token) : of_jobs.push_back(token);
  }
  if (!of_jobs.empty()) acknowledge(of_jobs);
}

void DeliveryPath::acknowledge(const std::vector<std::uint64_t>& tokens) {
  const auto ids = in_flight_.finish(tokens);
  runtime::crash_point("confirmed");
  consumer_->ack(ids);
  host_metrics_.in_flight.Set(static_cast<double>(in_flight_.size()));
}

std::string DeliveryPath::database_unready_reason() const {
  auto reason = committer_.unready_reason();
  if (reason.empty()) reason = inbox_.unready_reason();
  if (reason.empty()) reason = quarantine_.unready_reason();
  return reason.empty() ? scheduled_sender_.unready_reason() : reason;
}

std::string DeliveryPath::broker_unready_reason() const {
  auto reason = consumer_->unready_reason();
  return reason.empty() ? publisher_->unready_reason() : reason;
}

std::vector<runtime::orders::RedriveKey> DeliveryPath::keys_in_flight() const {
  std::vector<runtime::orders::RedriveKey> keys;
  for (const auto& key : in_flight_.keys()) keys.push_back({key.order_id, key.redrive});
  return keys;
}

std::vector<std::string> DeliveryPath::orders_in_flight() const {
  std::vector<std::string> ids;
  if (in_flight_.size() == 0) return ids;
  for (auto& key : in_flight_.keys()) ids.push_back(std::move(key.order_id));
  return ids;
}

bool DeliveryPath::stop(milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  // Every delivery that the broker sent must be in in_flight_ before the release below. One that is not released looks
  // to another host as if this one had crashed with it.
  consumer_->stop_receiving(timeout / 10);
  scheduled_sender_.stop();
  inbox_.stop();
  quarantine_.stop();
  breaker_.stop();
  // Handlers get most of the time. Committing and publishing their results must fit into the rest.
  const bool all_ended = executor_.stop(std::min(timeout * 3 / 4, time_left(deadline)));
  committer_.stop(time_left(deadline));
  publisher_->stop(time_left(deadline));
  quarantine_.record_release();
  consumer_->stop(time_left(deadline));
  return all_ended;
}

}  // namespace esteira::host
