#include "host/forwarder.hpp"

#include <chrono>
#include <utility>

#include "runtime/amqp/topology.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/orders/envelope.hpp"

namespace esteira::host {

namespace {

using runtime::amqp::Publication;
using runtime::orders::Applied;
using runtime::orders::Effect;
using runtime::orders::Ending;

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Publication publication_for(const Job& job) {
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

Ending ending_of(const Effect& effect) {
  return {effect.kind, effect.data, effect.routing_key, effect.total, effect.detail};
}

}  // namespace

Forwarder::Forwarder(const StageOptions& options, HostMetrics& metrics, Publish publish, Finish finish)
    : options_(options), metrics_(metrics), publish_(std::move(publish)), finish_(std::move(finish)) {}

void Forwarder::forward(const std::vector<Judgement>& batch, const std::vector<Applied>& applied) {
  const runtime::log::Burst together;  // what the lines say of done is in the database
  std::vector<Publication> publications;
  std::vector<std::uint64_t> finished;
  publications.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    report(batch[i], applied[i]);
    if (auto event = follow(batch[i], applied[i])) {
      publications.push_back(std::move(*event));
    } else {
      finished.push_back(batch[i].job->token);
    }
  }
  send(std::move(publications), finished);
}

void Forwarder::forward_ended(const std::vector<std::pair<JobPtr, Ending>>& ended) {
  std::vector<Publication> publications;
  std::vector<std::uint64_t> finished;
  for (const auto& [job, ending] : ended) {
    metrics_.repeated.Increment();
    if (auto event = follow_ending(job, ending)) {
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

void Forwarder::surrender(const JobPtr& job, const std::string& reason) {
  metrics_.unstored.Increment();
  metrics_.dead_letters.Increment();
  send({dead_letter(job, reason)}, {});
}

void Forwarder::send(std::vector<Publication> publications, const std::vector<std::uint64_t>& finished) {
  if (!publications.empty()) publish_(std::move(publications));
  if (!finished.empty()) finish_(finished);
}

Forwarder::Event Forwarder::follow(const Judgement& judgement, const Applied& applied) {
  if (applied.verdict == Applied::Verdict::unknown_order) {
    return dead_letter(judgement.job, "the database has no order " + judgement.job->message.order_id);
  }
  if (applied.ending) return follow_ending(judgement.job, *applied.ending);
  if (judgement.effect.kind == Effect::Kind::retry) return retry(judgement);
  return follow_ending(judgement.job, ending_of(judgement.effect));
}

Forwarder::Event Forwarder::follow_ending(const JobPtr& job, const Ending& ending) const {
  if (ending.kind == Effect::Kind::failed) return dead_letter(job, ending.detail);
  if (ending.routing_key.empty()) return std::nullopt;
  return next_event(job, ending);
}

Publication Forwarder::next_event(const JobPtr& job, const Ending& ending) const {
  auto publication = publication_for(*job);
  publication.exchange = options_.exchange;
  publication.routing_key = ending.routing_key;
  publication.properties.type = ending.routing_key;
  publication.properties.attempt = 1;
  publication.body = runtime::orders::write_envelope(job->message, {options_.stage, ending.data, ending.total});
  // The end of the workflow is told to whoever listens; that may be nobody.
  publication.mandatory = options_.status != "completed";
  return publication;
}

Publication Forwarder::retry(const Judgement& judgement) const {
  auto publication = publication_for(*judgement.job);
  publication.routing_key = runtime::amqp::retry_queue(options_.exchange, options_.stage, judgement.retry_delay);
  publication.properties.attempt = judgement.effect.attempt + 1;
  publication.body = judgement.job->body;
  return publication;
}

Publication Forwarder::dead_letter(const JobPtr& job, const std::string& reason) const {
  auto publication = publication_for(*job);
  publication.routing_key = runtime::amqp::dead_queue(options_.exchange, options_.stage);
  publication.properties.headers = {{"x-esteira-reason", reason}, {"x-esteira-stage", options_.stage}};
  publication.body = job->body;
  return publication;
}

void Forwarder::report(const Judgement& judgement, const Applied& applied) {
  const auto& effect = judgement.effect;
  const auto& message = judgement.job->message;
  const auto trace = runtime::trace_id_of(message.traceparent);
  if (applied.verdict == Applied::Verdict::unknown_order) {
    metrics_.unknown.Increment();
    metrics_.dead_letters.Increment();
    runtime::log::error("a message for an order that the database does not have goes to the dead-letter queue",
                        {{"order_id", effect.order_id}, {"trace_id", trace}});
  } else if (applied.verdict == Applied::Verdict::already_ended) {
    metrics_.repeated.Increment();
  } else if (effect.kind == Effect::Kind::done) {
    metrics_.done.Increment();
    if (applied.order_seconds) metrics_.order_seconds.Observe(*applied.order_seconds);
    runtime::log::info("done", {{"order_id", effect.order_id}, {"trace_id", trace}, {"attempt", effect.attempt}});
  } else if (effect.kind == Effect::Kind::retry) {
    metrics_.retried.Increment();
    runtime::log::warn("the attempt failed; it will be tried again", {{"order_id", effect.order_id},
                                                                      {"trace_id", trace},
                                                                      {"attempt", effect.attempt},
                                                                      {"error", effect.detail},
                                                                      {"retry_in_ms", judgement.retry_delay.count()}});
  } else {
    metrics_.failed.Increment();
    metrics_.dead_letters.Increment();
    runtime::log::error(
        "the order failed",
        {{"order_id", effect.order_id}, {"trace_id", trace}, {"attempt", effect.attempt}, {"error", effect.detail}});
  }
}

}  // namespace esteira::host
