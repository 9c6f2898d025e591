#include "runtime/amqp/publish_loop.hpp"

#include <algorithm>
#include <utility>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::runtime::amqp {
namespace {

using std::chrono::milliseconds;

// Heartbeats run only when the library is called, so the thread never sleeps longer.
constexpr milliseconds kPublisherNap{500};
// A full queue takes something again when its stage has read on; asking all the time would only slow that down.
constexpr milliseconds kFirstRefusalPause{100};
constexpr milliseconds kMaxRefusalPause{1000};
constexpr std::chrono::minutes kReminder{5};
// Room in a queue comes and goes: the trouble is over when nothing was refused for this long, and worth telling when it
// lasts.
constexpr std::chrono::seconds kQuietPeriod{5};
constexpr std::chrono::seconds kPersistentRefusal{2};
constexpr std::chrono::seconds kRenewalPatience{5};
// What is written between two looks at the socket: it must fit into a send buffer that is called writable.
constexpr std::size_t kBurstBytes = 32768;
constexpr int kBurstMessages = 128;
constexpr std::size_t kFrameOverhead = 300;
constexpr int kConfirmsATurn = 1024;

Connection::Options publisher_connection(const Publisher::Options& options) {
  Connection::Options connection;
  connection.url = options.url;
  connection.name = options.name;
  connection.heartbeat = options.heartbeat;
  return connection;
}

prometheus::Counter& publish_counter(Metrics& metrics, const char* result) {
  return metrics.counter("esteira_publications_total", "Publications by what the broker made of them.",
                         {{"result", result}});
}

}  // namespace

PublishLoop::PublishLoop(Publisher::Options options, TakeIncoming take_incoming, Publisher::OnConfirmed on_confirmed,
                         Metrics& metrics)
    : options_(std::move(options)),
      take_incoming_(std::move(take_incoming)),
      on_confirmed_(std::move(on_confirmed)),
      confirmed_total_(publish_counter(metrics, "confirmed")),
      returned_total_(publish_counter(metrics, "returned")),
      nacked_total_(publish_counter(metrics, "nacked")),
      lost_total_(publish_counter(metrics, "lost")),
      blocked_gauge_(metrics.gauge("esteira_publish_blocked",
                                   "1 while RabbitMQ takes no publications, being short of memory or disk.")),
      refusal_pause_(kFirstRefusalPause, kMaxRefusalPause),
      link_(
          publisher_connection(options_), "publisher", [this](Connection& connection) { serve(connection); }, metrics) {
}

void PublishLoop::serve(Connection& connection) {
  for (bool is_first = true; is_first || !link_.stopping(); is_first = false) {
    Channel channel(connection);
    set_up(channel);
    if (is_first) link_.up();
    try {
      run_channel(connection, channel);
    } catch (const std::exception&) {
      requeue_unconfirmed();
      throw;
    }
    channel.close();
    if (!link_.stopping()) requeue_unconfirmed();  // the next channel counts from one
  }
}

void PublishLoop::set_up(Channel& channel) {
  if (!options_.exchange.empty()) declare_exchange(channel, options_.exchange);
  channel.confirm_select();
  blocked_ = false;
  blocked_gauge_.Set(0);
  renew_by_.reset();
  refusing_since_ = Clock::now();
}

void PublishLoop::run_channel(Connection& connection, Channel& channel) {
  while (!link_.stopping() && !needs_new_channel()) {
    backlog_.push_back(take_incoming_());
    const auto nap = backlog_.resume(Clock::now(), kPublisherNap);
    publish_some(connection, channel);
    const bool more_to_read = read_events(channel);
    report();
    report_end_of_refusals();
    const bool to_write = !backlog_.empty() && may_publish();
    if (more_to_read || (to_write && connection.writable())) continue;
    link_.wait(connection, to_write, nap);
  }
}

void PublishLoop::publish_some(const Connection& connection, Channel& channel) {
  if (backlog_.empty() || !may_publish() || !connection.writable()) return;
  std::size_t bytes = 0;
  for (int sent = 0; sent < kBurstMessages && bytes < kBurstBytes && !backlog_.empty() && may_publish(); ++sent) {
    // Tracked before it is sent: whatever happens from here on, it is not forgotten.
    const auto tag = tracker_.track(backlog_.pop());
    const auto& publication = tracker_.at(tag);
    bytes += publication.body.size() + kFrameOverhead;
    channel.publish(publication, tag);
  }
  channel.flush();
  crash_point("published");
}

/// True when there may be more at once.
bool PublishLoop::read_events(Channel& channel) {
  for (int read = 0; read < kConfirmsATurn; ++read) {
    const auto event = channel.next();
    if (!event) return false;
    handle(*event);
  }
  return true;
}

void PublishLoop::handle(const Event& event) {
  if (const auto* confirm = std::get_if<Confirm>(&event)) {
    tracker_.settle(confirm->tag, confirm->multiple, confirm->positive, settled_);
  } else if (const auto* returned = std::get_if<Return>(&event)) {
    handle_return(returned->tag);
  } else if (const auto* blocked = std::get_if<Blocked>(&event)) {
    handle_blocked(*blocked);
  }
}

void PublishLoop::handle_return(std::uint64_t tag) {
  const auto* publication = tracker_.mark_returned(tag);
  if (publication == nullptr) return;
  warn_rate_limited(unroutable_, *publication, "no queue takes this routing key: published again until one does",
                    "start the stage that consumes it");
}

/// Once for each place, and again only after a while.
void PublishLoop::warn_rate_limited(LastWarned& last_warned, const Publication& publication, const char* what,
                                    const char* remedy) {
  const auto now = Clock::now();
  const auto [known, fresh] = last_warned.try_emplace(publication.exchange + '/' + publication.routing_key, now);
  if (!fresh && now - known->second < kReminder) return;
  known->second = now;
  log::warn(what, {{"exchange", publication.exchange}, {"routing_key", publication.routing_key}, {"remedy", remedy}});
}

void PublishLoop::refused(std::vector<Publication> nacked) {
  const auto now = Clock::now();
  if (now - last_refusal_ > kQuietPeriod) {
    refusing_since_ = now;
    refusal_pause_.reset();
  }
  last_refusal_ = now;
  taken_since_ = false;
  if (now >= next_try_) next_try_ = now + refusal_pause_.next();
  if (now - refusing_since_ >= kPersistentRefusal) {
    for (const auto& publication : nacked) {
      warn_rate_limited(refused_, publication,
                        "a queue for this routing key refuses messages: published again until it takes them",
                        "if it is at its length limit, let its stage catch up or raise the limit");
    }
    if (!renew_by_) renew_by_ = now + kRenewalPatience;
  }
  nacked_total_.Increment(static_cast<double>(nacked.size()));
  backlog_.pause(std::move(nacked), next_try_);
}

/// The broker may refuse on one channel what it takes on another: a channel that met a quorum queue while its leader
/// was dying goes on asking the dead one. A channel is left only when nothing is unconfirmed on it, so that no late
/// confirm is taken for one of the next channel.
bool PublishLoop::needs_new_channel() const {
  if (!renew_by_ || blocked_) return false;
  if (tracker_.size() > 0 && Clock::now() > *renew_by_)
    throw BrokerError("some publications are refused, others get no answer");
  return tracker_.size() == 0;
}

void PublishLoop::report_end_of_refusals() {
  if (refused_.empty() || !taken_since_ || Clock::now() - last_refusal_ < kQuietPeriod) return;
  log::info("what was refused is taken again");
  refused_.clear();
}

void PublishLoop::handle_blocked(const Blocked& blocked) {
  blocked_ = blocked.blocked;
  blocked_gauge_.Set(blocked_ ? 1 : 0);
  link_.set_unready_reason(blocked_ ? "the broker blocks publishers: " + blocked.reason : std::string());
  if (blocked_) {
    log::warn("the broker blocks publishers until it has what it is short of", {{"reason", blocked.reason}});
  } else {
    log::info("the broker takes publications again");
  }
}

void PublishLoop::report() {
  auto settled = std::exchange(settled_, {});
  const auto now = Clock::now();
  if (!settled.returned.empty()) {
    returned_total_.Increment(static_cast<double>(settled.returned.size()));
    backlog_.pause(std::move(settled.returned), now + options_.unroutable_pause);
  }
  if (!settled.nacked.empty()) refused(std::move(settled.nacked));
  if (!settled.confirmed.empty()) {
    taken_since_ = true;
    confirmed_total_.Increment(static_cast<double>(settled.confirmed.size()));
    on_confirmed_(settled.confirmed);
  }
}

void PublishLoop::requeue_unconfirmed() {
  report();
  auto unconfirmed = tracker_.reset();
  lost_total_.Increment(static_cast<double>(unconfirmed.size()));
  backlog_.push_front(std::move(unconfirmed));
}

}  // namespace esteira::runtime::amqp
