#include "runtime/amqp/consumer.hpp"

#include <atomic>
#include <mutex>
#include <utility>

#include "runtime/amqp/ack_batcher.hpp"
#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/recovering_connection.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::runtime::amqp {
namespace {

using std::chrono::milliseconds;

// Heartbeats run only when the library is called, so the thread never sleeps longer.
constexpr milliseconds kConsumerNap{500};
constexpr milliseconds kConsumerFarewell{1000};
// How many events are read before the acks get their turn.
constexpr int kEventsATurn = 256;

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
        link_(
            consumer_connection(options_), "consumer", [this](Connection& connection) { serve(connection); }, metrics) {
  }

  RecoveringConnection& link() { return link_; }
  void ack(const DeliveryId* ids, std::size_t count);
  void stop_receiving(milliseconds timeout);

 private:
  void serve(Connection& connection);
  void set_up(Channel& channel);
  void send_acks(Channel& channel);
  bool read_events(Channel& channel);
  bool collect(Channel& channel, std::vector<Delivery>& deliveries);
  void cancel(Channel& channel);

  const Options options_;
  const OnDeliveries on_deliveries_;

  std::mutex acks_mutex_;
  std::vector<DeliveryId> acks_;
  // Held around every OnDeliveries, so that whoever sets it knows that none runs.
  std::mutex receiving_mutex_;
  bool receiving_ = true;
  StopFlag cancelling_;
  StopFlag cancelled_;

  std::uint64_t epoch_ = 0;
  AckBatcher batcher_;
  RecoveringConnection link_;  // last: its thread uses the rest
};

void Consumer::Impl::ack(const DeliveryId* ids, std::size_t count) {
  if (count == 0) return;
  bool sleeps = false;
  {
    const std::lock_guard lock(acks_mutex_);
    sleeps = acks_.empty();
    acks_.insert(acks_.end(), ids, ids + count);
  }
  if (sleeps) link_.wake();
}

void Consumer::Impl::stop_receiving(milliseconds timeout) {
  cancelling_.set();
  link_.wake();
  if (link_.connected()) cancelled_.wait_for(timeout);
  const std::lock_guard lock(receiving_mutex_);
  receiving_ = false;
}

/// What the broker sent before it heard of the cancel is read out: its receiver has to know what it holds.
void Consumer::Impl::cancel(Channel& channel) {
  link_.retire();
  channel.cancel();
  while (read_events(channel)) {
  }
  cancelled_.set();
}

void Consumer::Impl::set_up(Channel& channel) {
  declare_stage(channel, options_.topology);
  channel.set_prefetch(options_.prefetch);
  ++epoch_;
  batcher_ = {};
  channel.consume(stage_queue(options_.topology.exchange, options_.topology.stage));
  link_.up();
}

void Consumer::Impl::serve(Connection& connection) {
  if (cancelling_.is_set()) return link_.retire();
  Channel channel(connection);
  set_up(channel);
  while (!link_.stopping()) {
    if (cancelling_.is_set() && !cancelled_.is_set()) cancel(channel);
    send_acks(channel);
    if (!read_events(channel)) link_.wait(connection, false, kConsumerNap);
  }
  send_acks(channel);
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

/// True when there may be more at once.
bool Consumer::Impl::read_events(Channel& channel) {
  std::vector<Delivery> deliveries;
  const bool may_be_more = collect(channel, deliveries);
  const std::lock_guard lock(receiving_mutex_);
  if (receiving_ && !deliveries.empty()) on_deliveries_(std::move(deliveries));
  return may_be_more;
}

bool Consumer::Impl::collect(Channel& channel, std::vector<Delivery>& deliveries) {
  for (int read = 0; read < kEventsATurn; ++read) {
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

Consumer::~Consumer() { stop(kConsumerFarewell); }

void Consumer::start() { impl_->link().start(); }
void Consumer::ack(DeliveryId id) { impl_->ack(&id, 1); }
void Consumer::ack(const std::vector<DeliveryId>& ids) { impl_->ack(ids.data(), ids.size()); }
void Consumer::stop_receiving(milliseconds timeout) { impl_->stop_receiving(timeout); }

void Consumer::stop(milliseconds timeout) {
  impl_->stop_receiving(milliseconds(0));
  impl_->link().stop(timeout);
}

bool Consumer::connected() const { return impl_->link().connected(); }
std::string Consumer::unready_reason() const { return impl_->link().unready_reason(); }

}  // namespace esteira::runtime::amqp
