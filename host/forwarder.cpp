#include "host/forwarder.hpp"

#include <chrono>
#include <utility>

#include "runtime/amqp/topology.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/logging/log_batch.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::host {

namespace {

using runtime::amqp::Publication;
using runtime::orders::RecordedResult;
using runtime::orders::StageResult;
using runtime::orders::TerminalResult;

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Publication base_publication(const Job& job) {
  Publication publication;
  publication.token = job.token;
  publication.properties.message_id = job.message.idempotency_key();
  publication.properties.type = job.routing_key;
  publication.properties.traceparent = job.message.traceparent;
  publication.properties.timestamp = unix_seconds();
  publication.properties.attempt = job.message.attempt;
  publication.properties.redrive = job.message.redrive;
  return publication;
}

TerminalResult terminal_result_of(const StageResult& effect) {
  return {effect.kind, effect.data, effect.routing_key, effect.total, effect.detail};
}

}  // namespace

Forwarder::Forwarder(const StageOptions& options, HostMetrics& metrics, Publish publish, Finish finish)
    : options_(options), metrics_(metrics), publish_(std::move(publish)), finish_(std::move(finish)) {}

void Forwarder::forward(const std::vector<JobResult>& batch, const std::vector<RecordedResult>& applied) {
  const runtime::log::LogBatch together;  // what the lines say of done is in the database
  std::vector<Publication> publications;
  std::vector<std::uint64_t> finished;
  publications.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    report(batch[i], applied[i]);
    if (auto event = publication_for(batch[i], applied[i])) {
      publications.push_back(std::move(*event));
    } else {
      finished.push_back(batch[i].job->token);
    }
  }
  send(std::move(publications), finished);
}

void Forwarder::forward_duplicates(const std::vector<std::pair<JobPtr, TerminalResult>>& ended) {
  std::vector<Publication> publications;
  std::vector<std::uint64_t> finished;
  for (const auto& [job, ending] : ended) {
    metrics_.repeated.Increment();
    if (auto event = publication_for_terminal(job, ending)) {
      publications.push_back(std::move(*event));
    } else {
      finished.push_back(job->token);
    }
  }
  send(std::move(publications), finished);
}

void Forwarder::reject(const JobPtr& job, const std::string& reason) {
  metrics_.malformed.Increment();
  metrics_.dead_letters.Increment();
  runtime::log::error("a message that is not an order goes to the dead-letter queue",
                      {{"reason", reason}, {"queue", runtime::amqp::dead_queue(options_.exchange, options_.stage)}});
  send({dead_letter(job, reason)}, {});
}

void Forwarder::dead_letter_unstorable(const JobPtr& job, const std::string& reason) {
  metrics_.unstored.Increment();
  metrics_.dead_letters.Increment();
  send({dead_letter(job, reason)}, {});
}

void Forwarder::send(std::vector<Publication> publications, const std::vector<std::uint64_t>& finished) {
  if (!publications.empty()) publish_(std::move(publications));
  if (!finished.empty()) finish_(finished);
}

Forwarder::Event Forwarder::publication_for(const JobResult& result, const RecordedResult& applied) {
  if (applied.status == RecordedResult::Status::unknown_order) {
    return dead_letter(result.job, "the database has no order " + result.job->message.order_id);
  }
  if (applied.ending) return publication_for_terminal(result.job, *applied.ending);
  if (result.effect.kind == StageResult::Kind::retry) return retry(result);
  return publication_for_terminal(result.job, terminal_result_of(result.effect));
}

Forwarder::Event Forwarder::publication_for_terminal(const JobPtr& job, const TerminalResult& ending) const {
  if (ending.kind == StageResult::Kind::failed) return dead_letter(job, ending.detail);
  if (ending.routing_key.empty()) return std::nullopt;
  return next_event(job, ending);
}

Publication Forwarder::next_event(const JobPtr& job, const TerminalResult& ending) const {
  auto publication = base_publication(*job);
  publication.exchange = options_.exchange;
  publication.routing_key = ending.routing_key;
  publication.properties.type = ending.routing_key;
  publication.properties.attempt = 1;
  publication.body = runtime::orders::write_envelope(job->message, {options_.stage, ending.data, ending.total});
  // The end of the workflow is told to whoever listens; that may be nobody.
  publication.mandatory = options_.status != "completed";
  return publication;
}

Publication Forwarder::retry(const JobResult& result) const {
  auto publication = base_publication(*result.job);
  publication.routing_key = runtime::amqp::retry_queue(options_.exchange, options_.stage, result.retry_delay);
  publication.properties.attempt = result.effect.attempt + 1;
  publication.body = result.job->body;
  return publication;
}

Publication Forwarder::dead_letter(const JobPtr& job, const std::string& reason) const {
  auto publication = base_publication(*job);
  publication.routing_key = runtime::amqp::dead_queue(options_.exchange, options_.stage);
  publication.properties.headers = {{"x-esteira-reason", reason}, {"x-esteira-stage", options_.stage}};
  publication.body = job->body;
  return publication;
}

void Forwarder::report(const JobResult& result, const RecordedResult& applied) {
  const auto& effect = result.effect;
  const auto& message = result.job->message;
  const auto trace = runtime::trace_id_of(message.traceparent);
  if (applied.status == RecordedResult::Status::unknown_order) {
    metrics_.unknown.Increment();
    metrics_.dead_letters.Increment();
    runtime::log::error("a message for an order that the database does not have goes to the dead-letter queue",
                        {{"order_id", effect.order_id}, {"trace_id", trace}});
  } else if (applied.status == RecordedResult::Status::duplicate) {
    metrics_.repeated.Increment();
  } else if (effect.kind == StageResult::Kind::done) {
    metrics_.done.Increment();
    if (applied.order_seconds) metrics_.order_seconds.Observe(*applied.order_seconds);
    runtime::log::info("done", {{"order_id", effect.order_id}, {"trace_id", trace}, {"attempt", effect.attempt}});
  } else if (effect.kind == StageResult::Kind::retry) {
    metrics_.retried.Increment();
    runtime::log::warn("the attempt failed; it will be tried again", {{"order_id", effect.order_id},
                                                                      {"trace_id", trace},
                                                                      {"attempt", effect.attempt},
                                                                      {"error", effect.detail},
                                                                      {"retry_in_ms", result.retry_delay.count()}});
  } else {
    metrics_.failed.Increment();
    metrics_.dead_letters.Increment();
    runtime::log::error(
        "the order failed",
        {{"order_id", effect.order_id}, {"trace_id", trace}, {"attempt", effect.attempt}, {"error", effect.detail}});
  }
}

}  // namespace esteira::host
