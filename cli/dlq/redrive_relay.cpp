#include "cli/dlq/redrive_relay.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/orders/envelope/message_id.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;

constexpr std::size_t kMaxEvents = 100;
constexpr std::chrono::seconds kRelayTimeout{3};

/// The same message as an API would publish for the outbox row.
runtime::amqp::Publication publication_of(orders::OutboxEvent& event) {
  runtime::amqp::Publication publication;
  publication.exchange = event.exchange;
  publication.routing_key = event.routing_key;
  publication.body = std::exchange(event.body, {});
  publication.properties.redrive = event.redrive;
  publication.properties.message_id = orders::message_id(event.order_id, event.redrive, 1, event.routing_key);
  publication.properties.type = event.routing_key;
  publication.properties.traceparent = event.traceparent;
  publication.properties.timestamp = std::time(nullptr);
  return publication;
}

}  // namespace

void RedriveRelay::add(orders::OutboxEvent&& event) {
  if (!left_to_api_) events_.push_back(std::move(event));
}

bool RedriveRelay::full() const { return events_.size() >= kMaxEvents; }

void RedriveRelay::flush() {
  auto events = std::exchange(events_, {});
  if (events.empty()) return;
  std::vector<runtime::amqp::Publication> publications;
  publications.reserve(events.size());
  for (auto& event : events) publications.push_back(publication_of(event));
  const auto confirmed = publisher_.publish(std::move(publications), kRelayTimeout);
  runtime::crash_point("relayed");
  std::vector<orders::OutboxEvent> published;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (confirmed[i]) published.push_back(std::move(events[i]));
  }
  delete_published(session_, published);
  left_to_api_ = published.size() < events.size();
  if (left_to_api_) {
    std::fprintf(stderr,
                 "RabbitMQ does not take the messages now; they are in the outbox, and an API publishes them\n");
  }
}

}  // namespace esteira::cli
