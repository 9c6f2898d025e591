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
  job.message_id = std::move(delivery.properties.message_id);
  job.event = take_event(delivery);
  job.body = std::move(delivery.body);
  return fault;
}

InFlight::Key key_of(const Message& message) { return {message.order_id, message.redrive, message.attempt}; }

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
  const bool is_redelivered = delivery.redelivered || delivery.delivery_count > 0;
  const auto job = std::make_shared<Job>();
  const auto fault = read(std::move(delivery), options_.stage, *job);
  const auto token = in_flight_.add(fault.empty() ? key_of(job->message) : InFlight::Key{}, id);
  if (!token) return;
  job->token = *token;

  if (!fault.empty()) {
    routes_.malformed(job, fault);
  } else if (is_redelivered) {
    routes_.redelivered(job);
  } else {
    fresh.push_back(job);
  }
}

}  // namespace esteira::host
