#include "cli/dlq/dead_queue_drain.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "cli/dlq/dlq_lock.hpp"
#include "runtime/amqp/broker_error.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::cli {
namespace {

namespace amqp = runtime::amqp;
namespace orders = runtime::orders;
using orders::DeadLetterState;

constexpr std::size_t kMaxBatch = amqp::QueueReader::kMaxTaken;
constexpr std::size_t kMaxBatchBytes = std::size_t{8} * 1024 * 1024;
constexpr std::size_t kMaxText = 8192;
constexpr std::chrono::seconds kCopyTimeout{15};

std::string header_of(const amqp::Delivery& delivery, const char* name) {
  const auto found = delivery.properties.headers.find(name);
  return found == delivery.properties.headers.end() ? std::string() : found->second;
}

orders::DeadLetterMessage read_message(const amqp::Delivery& delivery, const std::string& stage) {
  orders::DeadLetterMessage message;
  try {
    message.key.order_id = orders::read_envelope(delivery.body).order_id;
  } catch (const orders::MalformedEnvelope& error) {
    message.fault = runtime::clean_utf8(error.what(), kMaxText);
  }
  message.key.stage = stage;
  message.key.redrive = delivery.properties.redrive;
  message.reason = runtime::clean_utf8(header_of(delivery, "x-esteira-reason"), kMaxText);
  message.message_id = runtime::clean_utf8(delivery.properties.message_id, kMaxText);
  message.traceparent = runtime::clean_utf8(delivery.properties.traceparent, kMaxText);
  message.died_at = delivery.properties.timestamp;
  return message;
}

/// The state of each message. A message whose body is not an order has the state of one of an unknown order.
std::vector<DeadLetterState> states_of(runtime::postgres::Session& session,
                                       const std::vector<orders::DeadLetterMessage>& messages) {
  std::vector<orders::DeadLetterKey> keys;
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!messages[i].fault.empty()) continue;
    keys.push_back(messages[i].key);
    indices.push_back(i);
  }
  const auto known = read_states(session, keys);
  std::vector<DeadLetterState> states(messages.size(), DeadLetterState::unknown_order);
  for (std::size_t i = 0; i < known.size(); ++i) states[indices[i]] = known[i];
  return states;
}

std::vector<amqp::Delivery> read_batch(amqp::QueueReader& reader, std::size_t most) {
  std::vector<amqp::Delivery> batch;
  for (std::size_t bytes = 0; batch.size() < most && bytes < kMaxBatchBytes;) {
    auto delivery = reader.next();
    if (!delivery) break;
    bytes += delivery->body.size();
    batch.push_back(std::move(*delivery));
  }
  return batch;
}

}  // namespace

DeadQueueDrain::Counts DeadQueueDrain::run(const std::vector<DeadQueue>& queues, std::size_t most) {
  counts_ = {};
  DlqLock lock(installation_.database_url);
  counts_.is_locked = !lock.acquire();
  if (counts_.is_locked) return counts_;
  for (const auto& queue : queues) drain(queue, most);
  counts_.removed += orders::remove_stale_kept_messages(session_);
  return counts_;
}

void DeadQueueDrain::drain(const DeadQueue& queue, std::size_t most) {
  amqp::QueueReader reader(installation_.broker, "esteira dead letters", queue.name);
  std::size_t read = 0;
  while (read < most) {
    auto batch = read_batch(reader, std::min(kMaxBatch, most - read));
    if (batch.empty()) break;
    read += batch.size();
    if (!handle(queue, reader, std::move(batch))) break;
  }
  counts_.unread += reader.size() - std::min(reader.size(), read);
  reader.close();
}

/// False when the queue accepts no message now.
bool DeadQueueDrain::handle(const DeadQueue& queue, amqp::QueueReader& reader, Deliveries&& deliveries) {
  std::vector<orders::DeadLetterMessage> messages;
  messages.reserve(deliveries.size());
  for (const auto& delivery : deliveries) messages.push_back(read_message(delivery, queue.stage));
  const auto states = states_of(session_, messages);
  std::vector<orders::DeadLetterMessage> to_keep;
  Deliveries to_remove;
  Deliveries to_move;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    if (states[i] == DeadLetterState::recorded) {
      to_move.push_back(std::move(deliveries[i]));
      continue;
    }
    if (states[i] == DeadLetterState::stale) {
      ++counts_.removed;
    } else {
      messages[i].body = std::move(deliveries[i].body);
      to_keep.push_back(std::move(messages[i]));
    }
    to_remove.push_back(std::move(deliveries[i]));
  }
  counts_.kept += to_keep.size();
  keep_messages(session_, to_keep);
  runtime::crash_point("kept");
  for (const auto& delivery : to_remove) reader.take(delivery);
  return to_move.empty() || move_to_end(queue, reader, std::move(to_move));
}

bool DeadQueueDrain::move_to_end(const DeadQueue& queue, amqp::QueueReader& reader, Deliveries&& deliveries) {
  std::vector<amqp::Publication> copies;
  copies.reserve(deliveries.size());
  for (auto& delivery : deliveries) {
    amqp::Publication copy;
    copy.routing_key = queue.name;
    copy.body = std::move(delivery.body);
    copy.properties = std::move(delivery.properties);
    copies.push_back(std::move(copy));
  }
  const auto confirmed = publisher_.publish(std::move(copies), kCopyTimeout);
  runtime::crash_point("copied");
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    // The broker returns the other ones when the reader closes. The database knows their failures.
    if (confirmed[i]) reader.take(deliveries[i]);
  }
  counts_.left += deliveries.size();
  return std::ranges::find(confirmed, false) == confirmed.end();
}

DeadQueueDrain::Counts drain_after_command(const Installation& installation, runtime::postgres::Session& session,
                                           const std::optional<std::string>& stage, std::size_t handled) {
  constexpr std::size_t kAtLeast = 10'000;
  DeadQueueDrain::Counts counts;
  try {
    const auto queues = find_dead_queues(installation, session, stage);
    counts = DeadQueueDrain(installation, session).run(queues, kAtLeast + 2 * handled);
  } catch (const runtime::amqp::BrokerError& error) {
    std::fprintf(stderr, "the dead-letter queues cannot be read (%s); later: esteira dlq collect\n", error.what());
  }
  if (counts.is_locked)
    std::fprintf(stderr, "another command is reading the dead-letter queues; later: esteira dlq collect\n");
  return counts;
}

}  // namespace esteira::cli
