#include "runtime/amqp/queue_reader.hpp"

#include <algorithm>
#include <utility>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr int kNotFound = 404;
/// Between two messages the caller may wait for the database or for a person, without calling the library.
constexpr std::chrono::seconds kSlowHeartbeat{60};

Connection::Options reader_options(BrokerUrl url, std::string name) {
  Connection::Options options;
  options.url = std::move(url);
  options.name = std::move(name);
  options.heartbeat = kSlowHeartbeat;
  return options;
}

}  // namespace

QueueReader::QueueReader(BrokerUrl url, const std::string& name, std::string queue)
    : queue_(std::move(queue)),
      connection_(std::make_unique<Connection>(reader_options(std::move(url), name))),
      channel_(std::make_unique<Channel>(*connection_)),
      size_(channel_->ready_count(queue_)) {}

QueueReader::~QueueReader() {
  try {
    close();
  } catch (const BrokerError&) {
    // The connection is lost: the broker requeues what was not taken.
    return;
  }
}

std::optional<Delivery> QueueReader::next() {
  if (read_ == size_) return std::nullopt;
  auto delivery = channel_->get(queue_);
  read_ = delivery ? read_ + 1 : size_;
  return delivery;
}

void QueueReader::take(const Delivery& delivery) {
  channel_->ack(delivery.id.tag, false);
  channel_->flush();
}

void QueueReader::pause(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds kStep{1000};
  const StopFlag never;
  for (; time.count() > 0; time -= kStep) {
    never.wait_for(std::min(time, kStep));
    while (channel_->next()) continue;
  }
}

void QueueReader::close() {
  if (!channel_) return;
  channel_->requeue_unacknowledged();
  channel_->close();
  channel_.reset();
  connection_->close();
  connection_.reset();
}

QueueProbe::QueueProbe(BrokerUrl url, std::string name) : options_(reader_options(std::move(url), std::move(name))) {}

QueueProbe::~QueueProbe() {
  channel_.reset();
  if (connection_) connection_->close();
}

std::optional<Channel::QueueState> QueueProbe::state(const std::string& queue) {
  if (!channel_) {
    connection_ = std::make_unique<Connection>(options_, 0, &guard_);
    channel_ = std::make_unique<Channel>(*connection_);
  }
  try {
    return channel_->queue_state(queue);
  } catch (const BrokerError& error) {
    if (error.reply_code() == kNotFound) {
      channel_->reopen();
      return std::nullopt;
    }
    channel_.reset();
    connection_.reset();
    throw;
  }
}

std::optional<std::size_t> QueueProbe::ready(const std::string& queue) {
  const auto found = state(queue);
  return found ? std::optional(found->ready) : std::nullopt;
}

}  // namespace esteira::runtime::amqp
