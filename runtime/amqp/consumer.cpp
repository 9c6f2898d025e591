#include "runtime/amqp/consumer.hpp"

#include <atomic>
#include <mutex>
#include <utility>

#include "runtime/amqp/ack_batcher.hpp"
#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/recovering_connection.hpp"
#include "runtime/amqp/topology_declarer.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"

namespace esteira::runtime::amqp {
namespace {

using std::chrono::milliseconds;

// The library sends heartbeats only when it is called, so the thread must not sleep longer.
constexpr milliseconds kConsumerPollTimeout{500};
constexpr milliseconds kConsumerCloseTimeout{1000};
// A full socket must not keep the acks from being sent.
constexpr int kMaxEventsPerRead = 256;

Connection::Options consumer_connection(const Consumer::Options& options) {
  Connection::Options connection;
  connection.url = options.url;
  connection.name = options.name;
  connection.heartbeat = options.heartbeat;
  return connection;
}

}  // namespace

class Consumer::Impl {
 public:
  Impl(Options options, OnDeliveries on_deliveries, Metrics& metrics)
      : options_(std::move(options)),
        on_deliveries_(std::move(on_deliveries)),
        topology_(options_.topology),
        broker_connection_(
            consumer_connection(options_), "consumer", [this](Connection& connection) { serve(connection); }, metrics) {
  }

  RecoveringConnection& broker_connection() { return broker_connection_; }
  void ack(const DeliveryId* ids, std::size_t count);
  void stop_receiving(milliseconds timeout);
  void rebind(std::vector<std::string> consumes, std::vector<std::string> obsolete_keys);
  std::vector<std::string> unbound_keys() const;

 private:
  void serve(Connection& connection);
  void set_up(Connection& connection, Channel& channel);
  void declare(Connection& connection);
  void consume(Connection& connection, Channel& channel);
  void add_consumer(Channel& channel, std::uint16_t prefetch);
  void adjust_prefetch(Channel& channel);
  void redeclare(Connection& connection);
  void send_acks(Channel& channel);
  bool read_events(Channel& channel);
  bool collect(Channel& channel, std::vector<Delivery>& deliveries);
  void cancel(Channel& channel);
  void finish(Channel& channel);

  const Options options_;
  const OnDeliveries on_deliveries_;

  mutable std::mutex topology_mutex_;
  StageTopology topology_;
  std::vector<std::string> unbound_keys_;

  std::mutex acks_mutex_;
  std::vector<DeliveryId> acks_;
  // Locked during every call of OnDeliveries: `stop_receiving` thereby waits for a call that runs.
  std::mutex receiving_mutex_;
  bool receiving_ = true;
  StopFlag cancelling_;
  StopFlag cancelled_;

  std::uint64_t epoch_ = 0;
  AckBatcher batcher_;
  using Clock = std::chrono::steady_clock;
  std::vector<std::string> consumer_tags_;
  TopologyDeclarer declarer_;
  Clock::time_point redeclare_at_;
  Outage redeclaring_{"the stage's exchange, queues and bindings cannot be declared again",
                      "the stage's exchange, queues and bindings are declared again"};
  RecoveringConnection broker_connection_;  // last: its thread uses the other members
};

void Consumer::Impl::ack(const DeliveryId* ids, std::size_t count) {
  if (count == 0) return;
  bool was_empty = false;
  {
    const std::lock_guard lock(acks_mutex_);
    was_empty = acks_.empty();
    acks_.insert(acks_.end(), ids, ids + count);
  }
  if (was_empty) broker_connection_.wake();
}

void Consumer::Impl::stop_receiving(milliseconds timeout) {
  cancelling_.set();
  broker_connection_.wake();
  if (broker_connection_.connected()) cancelled_.wait_for(timeout);
  const std::lock_guard lock(receiving_mutex_);
  receiving_ = false;
}

/// Reads until the socket is empty: deliveries that were sent before the cancel are unacknowledged and belong to the
/// receiver.
void Consumer::Impl::cancel(Channel& channel) {
  broker_connection_.stop_reconnecting();
  for (const auto& tag : consumer_tags_) channel.cancel(tag);
  while (read_events(channel)) {
  }
  cancelled_.set();
}

void Consumer::Impl::set_up(Connection& connection, Channel& channel) {
  declare(connection);
  redeclare_at_ = Clock::now() + options_.redeclare_interval;
  ++epoch_;
  batcher_ = {};
  consumer_tags_.clear();
  add_consumer(channel, options_.prefetch);
  broker_connection_.mark_connected();
}

void Consumer::Impl::rebind(std::vector<std::string> consumes, std::vector<std::string> obsolete_keys) {
  const std::lock_guard lock(topology_mutex_);
  topology_.consumes = std::move(consumes);
  topology_.obsolete_keys = std::move(obsolete_keys);
  unbound_keys_.clear();
}

std::vector<std::string> Consumer::Impl::unbound_keys() const {
  const std::lock_guard lock(topology_mutex_);
  return unbound_keys_;
}

void Consumer::Impl::declare(Connection& connection) {
  const auto topology = [this] {
    const std::lock_guard lock(topology_mutex_);
    return topology_;
  }();
  auto unbound = declarer_.declare_stage(connection, topology);
  const std::lock_guard lock(topology_mutex_);
  // Not the keys of bindings that were replaced meanwhile.
  if (topology.consumes == topology_.consumes && topology.obsolete_keys == topology_.obsolete_keys)
    unbound_keys_ = std::move(unbound);
}

void Consumer::Impl::add_consumer(Channel& channel, std::uint16_t prefetch) {
  channel.set_prefetch(prefetch);
  consumer_tags_.push_back(channel.consume(stage_queue(options_.topology.exchange, options_.topology.stage)));
}

/// The prefetch of a consumer cannot be changed, so a second one adds to it. Cancelling the first instead, to replace
/// it, would return messages that were on their way, marked as redelivered.
void Consumer::Impl::adjust_prefetch(Channel& channel) {
  if (options_.more_prefetch == 0 || !options_.wants_more) return;
  const bool has_more = consumer_tags_.size() > 1;
  if (options_.wants_more() == has_more) return;
  if (has_more) {
    channel.cancel(consumer_tags_.back());
    consumer_tags_.pop_back();
  } else {
    add_consumer(channel, options_.more_prefetch);
  }
}

/// The broker does not report what is deleted, except to those who use it. Declaring costs it a lookup for each name,
/// and does not touch the consumer. What cannot be declared now is tried again: the consumer works as long as its queue
/// exists.
void Consumer::Impl::redeclare(Connection& connection) {
  if (Clock::now() < redeclare_at_) return;
  redeclare_at_ = Clock::now() + options_.redeclare_interval;
  try {
    declare(connection);
    redeclaring_.recovered();
  } catch (const BrokerError& error) {
    if (error.reply_code() == 0) throw;
    redeclaring_.failed(error.what());
  }
}

void Consumer::Impl::serve(Connection& connection) {
  if (cancelling_.is_set()) return broker_connection_.stop_reconnecting();
  Channel channel(connection);
  set_up(connection, channel);
  try {
    consume(connection, channel);
  } catch (...) {
    if (options_.on_lost) options_.on_lost();
    throw;
  }
}

void Consumer::Impl::consume(Connection& connection, Channel& channel) {
  while (!broker_connection_.stopping()) {
    if (cancelling_.is_set() && !cancelled_.is_set()) cancel(channel);
    send_acks(channel);
    if (!cancelling_.is_set()) {
      adjust_prefetch(channel);
      redeclare(connection);
    }
    if (!read_events(channel)) broker_connection_.wait(connection, false, kConsumerPollTimeout);
  }
  finish(channel);
}

/// The requeued messages would come back to a consumer that is not cancelled.
void Consumer::Impl::finish(Channel& channel) {
  if (!cancelled_.is_set()) cancel(channel);
  send_acks(channel);
  channel.requeue_unacknowledged();
  channel.close();
}

void Consumer::Impl::send_acks(Channel& channel) {
  std::vector<DeliveryId> ids;
  {
    const std::lock_guard lock(acks_mutex_);
    ids.swap(acks_);
  }
  if (ids.empty()) return;
  std::vector<std::uint64_t> tags;
  tags.reserve(ids.size());
  for (const auto& id : ids) {
    if (id.epoch == epoch_) tags.push_back(id.tag);
  }
  const auto frames = batcher_.frames(std::move(tags));
  for (const auto& frame : frames) channel.ack(frame.tag, frame.multiple);
  channel.flush();
}

/// True when more events may be readable at once.
bool Consumer::Impl::read_events(Channel& channel) {
  std::vector<Delivery> deliveries;
  const bool more_readable = collect(channel, deliveries);
  const std::lock_guard lock(receiving_mutex_);
  if (receiving_ && !deliveries.empty()) on_deliveries_(std::move(deliveries));
  return more_readable;
}

bool Consumer::Impl::collect(Channel& channel, std::vector<Delivery>& deliveries) {
  for (int read = 0; read < kMaxEventsPerRead; ++read) {
    auto event = channel.next();
    if (!event) return false;
    auto* delivery = std::get_if<Delivery>(&*event);
    if (delivery == nullptr) continue;
    delivery->id.epoch = epoch_;
    batcher_.delivered(delivery->id.tag);
    deliveries.push_back(std::move(*delivery));
  }
  return true;
}

Consumer::Consumer(Options options, OnDeliveries on_deliveries, Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(on_deliveries), metrics)) {}

Consumer::~Consumer() { stop(kConsumerCloseTimeout); }

void Consumer::start() { impl_->broker_connection().start(); }
void Consumer::ack(DeliveryId id) { impl_->ack(&id, 1); }
void Consumer::ack(const std::vector<DeliveryId>& ids) { impl_->ack(ids.data(), ids.size()); }
void Consumer::stop_receiving(milliseconds timeout) { impl_->stop_receiving(timeout); }

void Consumer::rebind(std::vector<std::string> consumes, std::vector<std::string> obsolete_keys) {
  impl_->rebind(std::move(consumes), std::move(obsolete_keys));
}

std::vector<std::string> Consumer::unbound_keys() const { return impl_->unbound_keys(); }

void Consumer::stop(milliseconds timeout) {
  impl_->stop_receiving(milliseconds(0));
  impl_->broker_connection().stop(timeout);
}

bool Consumer::connected() const { return impl_->broker_connection().connected(); }
std::string Consumer::unready_reason() const { return impl_->broker_connection().unready_reason(); }

}  // namespace esteira::runtime::amqp
