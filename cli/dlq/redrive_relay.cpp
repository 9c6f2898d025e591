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

constexpr std::size_t kMaxLetters = 100;
constexpr std::chrono::seconds kRelayTimeout{3};

/// The same message as an API would publish for the outbox row.
runtime::amqp::Publication publication_of(orders::DeadLetter& letter) {
  runtime::amqp::Publication publication;
  publication.routing_key = letter.stage_queue;
  publication.body = std::exchange(letter.body, {});
  publication.properties.redrive = letter.redrive + 1;
  publication.properties.message_id =
      orders::message_id(letter.order_id, publication.properties.redrive, 1, letter.stage_queue);
  publication.properties.type = letter.stage_queue;
  publication.properties.traceparent = letter.traceparent;
  publication.properties.timestamp = std::time(nullptr);
  return publication;
}

}  // namespace

void RedriveRelay::add(orders::DeadLetter&& letter) {
  if (!left_to_api_) letters_.push_back(std::move(letter));
}

bool RedriveRelay::full() const { return letters_.size() >= kMaxLetters; }

void RedriveRelay::flush() {
  auto letters = std::exchange(letters_, {});
  if (letters.empty()) return;
  std::vector<runtime::amqp::Publication> publications;
  publications.reserve(letters.size());
  for (auto& letter : letters) publications.push_back(publication_of(letter));
  const auto confirmed = publisher_.publish(std::move(publications), kRelayTimeout);
  runtime::crash_point("relayed");
  std::vector<orders::OutboxEvent> events;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (!confirmed[i]) continue;
    events.push_back({letters[i].order_id, "", letters[i].stage_queue, letters[i].redrive + 1, {}, {}});
  }
  delete_published(session_, events);
  left_to_api_ = events.size() < letters.size();
  if (left_to_api_) {
    std::fprintf(stderr,
                 "RabbitMQ does not take the messages now; they are in the outbox, and an API publishes them\n");
  }
}

}  // namespace esteira::cli
