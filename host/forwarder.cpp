#include "host/forwarder.hpp"

#include <chrono>
#include <utility>

#include "runtime/amqp/topology.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/logging/scoped_log_batch.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/envelope/message_id.hpp"
#include "runtime/orders/store/cancellation.hpp"

namespace esteira::host {

namespace {

using runtime::amqp::Publication;
using runtime::orders::RecordedResult;
using runtime::orders::StageResult;

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// For the same order and redrive, with the trace of the job's message. The caller sets what differs.
Publication base_publication(const Job& job) {
  Publication publication;
  publication.token = job.token;
  publication.properties.traceparent = job.message.traceparent;
  publication.properties.timestamp = unix_seconds();
  publication.properties.redrive = job.message.redrive;
  return publication;
}

void set_identity(Publication& publication, const Message& message, int attempt, const std::string& destination,
                  int snoozes = 0) {
  publication.properties.attempt = attempt;
  publication.properties.message_id =
      runtime::orders::message_id(message.order_id, message.redrive, attempt, destination, snoozes);
}

}  // namespace

Forwarder::Forwarder(const StageOptions& options, HostMetrics& metrics, Publish publish, Finish finish)
    : options_(options), metrics_(metrics), publish_(std::move(publish)), finish_(std::move(finish)) {}

void Forwarder::forward(const std::vector<JobResult>& batch, const std::vector<RecordedResult>& recorded) {
  const runtime::log::ScopedLogBatch lines;  // one write for the batch; what they report is committed already
  std::vector<Publication> publications;
  std::vector<std::uint64_t> finished;
  publications.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (recorded[i].status == RecordedResult::Status::not_requested) continue;
    report(batch[i], recorded[i]);
    if (auto publication = publication_for(batch[i], recorded[i])) {
      publications.push_back(std::move(*publication));
    } else {
      finished.push_back(batch[i].job->token);
    }
  }
  send(std::move(publications), finished);
}

void Forwarder::forward_duplicates(const Duplicates& duplicates) {
  std::vector<Publication> publications;
  std::vector<std::uint64_t> finished;
  for (const auto& [job, result] : duplicates) {
    metrics_.duplicate.Increment();
    if (auto publication = publication_for_terminal(job, TerminalView(result))) {
      publications.push_back(std::move(*publication));
    } else {
      finished.push_back(job->token);
    }
  }
  send(std::move(publications), finished);
}

void Forwarder::dead_letter_malformed(const JobPtr& job, const std::string& reason) {
  metrics_.malformed.Increment();
  metrics_.dead_letters.Increment();
  runtime::log::error("a message that is not an order goes to the dead-letter queue",
                      {{"reason", reason}, {"queue", runtime::amqp::dead_queue(options_.exchange, options_.stage)}});
  send({dead_letter(job, reason)}, {});
}

void Forwarder::dead_letter_unstorable(const JobPtr& job, const std::string& reason) {
  metrics_.store_failed.Increment();
  metrics_.dead_letters.Increment();
  send({dead_letter(job, reason)}, {});
}

void Forwarder::send(std::vector<Publication> publications, const std::vector<std::uint64_t>& finished) {
  if (!publications.empty()) publish_(std::move(publications));
  if (!finished.empty()) finish_(finished);
}

Forwarder::OptionalPublication Forwarder::publication_for(const JobResult& result,
                                                          const RecordedResult& recorded) const {
  if (recorded.status == RecordedResult::Status::unknown_order) {
    return dead_letter(result.job, "the database has no order " + result.job->message.order_id);
  }
  if (recorded.status == RecordedResult::Status::superseded) return std::nullopt;
  if (recorded.terminal_result) return publication_for_terminal(result.job, TerminalView(*recorded.terminal_result));
  if (result.stage_result.schedule != nullptr) return std::nullopt;  // the message is in the database
  if (result.stage_result.kind == StageResult::Kind::retry) return retry(result);
  return publication_for_terminal(result.job, TerminalView(result.stage_result));
}

Forwarder::OptionalPublication Forwarder::publication_for_terminal(const JobPtr& job,
                                                                   const TerminalView& result) const {
  if (result.kind == StageResult::Kind::snooze) return std::nullopt;  // superseded: a later message is in the database
  const bool failed = result.kind == StageResult::Kind::failed;
  if (result.routing_key.empty()) return failed ? OptionalPublication(dead_letter(job, result.detail)) : std::nullopt;
  return failed ? refused_event(job, result) : next_event(job, result);
}

Publication Forwarder::next_event(const JobPtr& job, const TerminalView& result) const {
  auto publication = event(job, result, result.data);
  // No stage consumes the event of a completed order, and other consumers are optional.
  const bool is_cancellation = result.routing_key == runtime::orders::kCancelledEvent;
  publication.mandatory =
      is_cancellation ? !result.is_optional : publication.mandatory && options_.status != "completed";
  return publication;
}

/// Mandatory whatever status the stage sets when it is done: a refused order is not completed.
Publication Forwarder::refused_event(const JobPtr& job, const TerminalView& result) const {
  return event(job, result, runtime::orders::refusal_data(result.detail));
}

Publication Forwarder::event(const JobPtr& job, const TerminalView& result, const std::string& data) const {
  auto publication = base_publication(*job);
  set_identity(publication, job->message, 1, result.routing_key);
  publication.exchange = options_.exchange;
  publication.routing_key = result.routing_key;
  publication.mandatory = !options_.is_optional(result.routing_key);
  publication.properties.type = result.routing_key;
  publication.body = runtime::orders::write_envelope(job->message, {options_.stage, data, result.total});
  return publication;
}

Publication Forwarder::retry(const JobResult& result) const {
  const auto& job = *result.job;
  auto publication = base_publication(job);
  // A repeated attempt may ask for another delay, yet it is the same message: the retry queue is no part of its id.
  set_identity(publication, job.message, result.stage_result.attempt + 1,
               runtime::amqp::stage_queue(options_.exchange, options_.stage), job.snoozes);
  publication.properties.snoozes = job.snoozes;
  publication.properties.snoozed_since = job.snoozed_since;
  publication.routing_key = runtime::amqp::retry_queue(options_.exchange, options_.stage, result.retry_delay);
  publication.properties.type = job.event;
  publication.body = job.body;
  return publication;
}

/// Keeps the id of the message that died: an operator finds it by the id that its sender gave it, and the broker keeps
/// the id too when it dead-letters a message by itself.
Publication Forwarder::dead_letter(const JobPtr& job, const std::string& reason) const {
  auto publication = base_publication(*job);
  publication.properties.attempt = job->message.attempt;
  publication.properties.message_id = job->message_id;
  publication.routing_key = runtime::amqp::dead_queue(options_.exchange, options_.stage);
  publication.properties.type = job->event;
  publication.properties.headers = {{"x-esteira-reason", reason}, {"x-esteira-stage", options_.stage}};
  publication.body = job->body;
  return publication;
}

void Forwarder::report(const JobResult& result, const RecordedResult& recorded) {
  const auto& written = result.stage_result;
  const auto trace = runtime::trace_id_of(result.job->message.traceparent);
  if (recorded.status == RecordedResult::Status::unknown_order) {
    metrics_.unknown_order.Increment();
    metrics_.dead_letters.Increment();
    runtime::log::error("a message for an order that the database does not have goes to the dead-letter queue",
                        {{"order_id", written.order_id}, {"trace_id", trace}});
  } else if (recorded.status == RecordedResult::Status::duplicate ||
             recorded.status == RecordedResult::Status::superseded) {
    metrics_.duplicate.Increment();
  } else if (recorded.terminal_result) {
    metrics_.cancelled.Increment();
    runtime::log::info("the order was cancelled on request", {{"order_id", written.order_id},
                                                              {"trace_id", trace},
                                                              {"attempt", written.attempt},
                                                              {"event", recorded.terminal_result->routing_key}});
  } else if (written.kind == StageResult::Kind::done) {
    metrics_.done.Increment();
    if (recorded.order_seconds) metrics_.order_seconds.Observe(*recorded.order_seconds);
    runtime::log::info("done", {{"order_id", written.order_id}, {"trace_id", trace}, {"attempt", written.attempt}});
  } else if (written.kind == StageResult::Kind::retry) {
    metrics_.retried.Increment();
    runtime::log::warn("the attempt failed and will be retried", {{"order_id", written.order_id},
                                                                  {"trace_id", trace},
                                                                  {"attempt", written.attempt},
                                                                  {"error", written.detail},
                                                                  {"retry_in_ms", result.retry_delay.count()}});
  } else if (written.kind == StageResult::Kind::snooze) {
    (result.is_held ? metrics_.held : metrics_.snoozed).Increment();
    runtime::log::info(result.is_held ? "held for too long; its message comes back later" : "snoozed",
                       {{"order_id", written.order_id},
                        {"trace_id", trace},
                        {"attempt", written.attempt},
                        {"reason", written.detail},
                        {"again_in_ms", result.retry_delay.count()}});
  } else if (!written.routing_key.empty()) {
    metrics_.refused.Increment();
    runtime::log::warn("the order was refused; its refused event follows", {{"order_id", written.order_id},
                                                                            {"trace_id", trace},
                                                                            {"attempt", written.attempt},
                                                                            {"error", written.detail},
                                                                            {"event", written.routing_key}});
  } else {
    metrics_.failed.Increment();
    metrics_.dead_letters.Increment();
    runtime::log::error(
        "the order failed",
        {{"order_id", written.order_id}, {"trace_id", trace}, {"attempt", written.attempt}, {"error", written.detail}});
  }
}

}  // namespace esteira::host
