#include "host/receiver.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::host {

namespace {

/// A retry returns through the default exchange, with its queue's name as the routing key. Its type still names the
/// event.
std::string take_event(runtime::amqp::Delivery& delivery) {
  auto& type = delivery.properties.type;
  return std::move(type.empty() ? delivery.routing_key : type);
}

/// Fills the job from the delivery. Returns what is wrong with the body; empty when it is an order.
std::string read(runtime::amqp::Delivery&& delivery, const std::string& stage, Job& job) {
  std::string fault;
  try {
    job.message = runtime::orders::read_envelope(delivery.body);
  } catch (const runtime::orders::MalformedEnvelope& error) {
    fault = error.what();
  }
  job.message.stage = stage;
  job.message.attempt = std::max(delivery.properties.attempt, 1);
  job.message.redrive = std::max(delivery.properties.redrive, 0);
  job.message.traceparent = std::move(delivery.properties.traceparent);
  job.snoozes = delivery.properties.snoozes;
  job.snoozed_since = delivery.properties.snoozed_since;
  job.message_id = std::move(delivery.properties.message_id);
  job.event = take_event(delivery);
  job.body = std::move(delivery.body);
  return fault;
}

/// A message that waited: in a retry queue, in the database, or in a dead-letter queue. Its order may have been
/// cancelled meanwhile.
bool has_waited(const Job& job) { return job.message.attempt > 1 || job.snoozes > 0 || job.message.redrive > 0; }

InFlight::Key key_of(const Job& job) {
  return {job.message.order_id, job.message.redrive, job.message.attempt, job.snoozes};
}

}  // namespace

Receiver::Receiver(const StageOptions& options, InFlight& in_flight, HostMetrics& metrics, Routes routes)
    : options_(options), in_flight_(in_flight), metrics_(metrics), routes_(std::move(routes)) {}

void Receiver::receive(std::vector<runtime::amqp::Delivery>&& deliveries) {
  std::vector<JobPtr> fresh;
  fresh.reserve(deliveries.size());
  for (auto& delivery : deliveries) receive(std::move(delivery), fresh);
  metrics_.in_flight.Set(static_cast<double>(in_flight_.size()));
  if (!fresh.empty()) routes_.fresh(std::move(fresh));
}

void Receiver::receive(runtime::amqp::Delivery&& delivery, std::vector<JobPtr>& fresh) {
  const auto id = delivery.id;
  const auto job = std::make_shared<Job>();
  job->is_redelivered = delivery.redelivered || delivery.delivery_count > 0;
  const auto fault = read(std::move(delivery), options_.stage, *job);
  const auto token = in_flight_.add(fault.empty() ? key_of(*job) : InFlight::Key{}, id);
  if (!token) return;
  job->token = *token;

  if (!fault.empty()) {
    routes_.malformed(job, fault);
  } else if (job->is_redelivered || has_waited(*job)) {
    routes_.known(job);
  } else {
    fresh.push_back(job);
  }
}

}  // namespace esteira::host
