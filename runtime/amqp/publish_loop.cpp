#include "runtime/amqp/publish_loop.hpp"

#include <algorithm>
#include <utility>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::runtime::amqp {
namespace {

using std::chrono::milliseconds;

// The library sends heartbeats only when it is called, so the thread must not sleep longer.
constexpr milliseconds kPublisherPollTimeout{500};
// A full queue accepts messages again after its stage has consumed some. Immediate retries would slow the stage down.
constexpr milliseconds kFirstNackPause{100};
constexpr milliseconds kMaxNackPause{1000};
constexpr std::chrono::minutes kWarnInterval{5};
// Single nacks of a queue near its limit are normal. They are logged when they go on for this long.
constexpr std::chrono::seconds kPersistentNacks{2};
// A refusal counts as over when no publication was nacked for this long.
constexpr std::chrono::seconds kQuietPeriod{5};
// How long a channel that is to be replaced waits for its last confirms. Then the connection is replaced too.
constexpr std::chrono::seconds kChannelRenewalTimeout{5};
// Written between two checks of the socket. It must fit into a send buffer that poll reports as writable.
constexpr std::size_t kMaxBytesPerFlush = 32768;
constexpr int kMaxMessagesPerFlush = 128;
constexpr std::size_t kFrameOverhead = 300;
constexpr int kMaxEventsPerPoll = 1024;

Connection::Options publisher_connection(const Publisher::Options& options) {
  Connection::Options connection;
  connection.url = options.url;
  connection.name = options.name;
  connection.heartbeat = options.heartbeat;
  return connection;
}

prometheus::Counter& publish_counter(Metrics& metrics, const char* result) {
  return metrics.counter("esteira_publications_total",
                         "Publications, by the answer of the broker; lost: no answer before the connection ended, "
                         "sent again.",
                         {{"result", result}});
}

}  // namespace

PublishLoop::PublishLoop(Publisher::Options options, TakeIncoming take_incoming, Publisher::OnConfirmed on_confirmed,
                         Metrics& metrics, Publisher::OnUnroutable on_unroutable)
    : options_(std::move(options)),
      take_incoming_(std::move(take_incoming)),
      on_confirmed_(std::move(on_confirmed)),
      on_unroutable_(std::move(on_unroutable)),
      confirmed_total_(publish_counter(metrics, "confirmed")),
      returned_total_(publish_counter(metrics, "returned")),
      nacked_total_(publish_counter(metrics, "nacked")),
      unanswered_total_(publish_counter(metrics, "lost")),
      blocked_gauge_(metrics.gauge("esteira_publish_blocked",
                                   "1 while RabbitMQ blocks publishers because memory or disk space is low.")),
      unroutable_(options_.returned_pause, options_.max_returned_pause),
      nack_pause_(kFirstNackPause, kMaxNackPause),
      broker_connection_(
          publisher_connection(options_), "publisher", [this](Connection& connection) { serve(connection); }, metrics) {
}

void PublishLoop::serve(Connection& connection) {
  for (bool is_first = true; is_first || !broker_connection_.stopping(); is_first = false) {
    if (!options_.exchange.empty()) declarer_.declare_exchange(connection, options_.exchange);
    Channel channel(connection);
    set_up(channel);
    if (is_first) broker_connection_.mark_connected();
    try {
      run_channel(connection, channel);
    } catch (const std::exception&) {
      requeue_unconfirmed();
      throw;
    }
    channel.close();
    if (!broker_connection_.stopping()) requeue_unconfirmed();  // the next channel counts its tags from 1
  }
}

void PublishLoop::set_up(Channel& channel) {
  channel.confirm_select();
  blocked_ = false;
  blocked_gauge_.Set(0);
  renew_channel_by_.reset();
  nacking_since_ = Clock::now();
}

void PublishLoop::run_channel(Connection& connection, Channel& channel) {
  while (!broker_connection_.stopping() && !needs_new_channel()) {
    backlog_.push_back(take_incoming_());
    const auto resume_in = backlog_.resume(Clock::now(), kPublisherPollTimeout);
    const auto poll_timeout = unroutable_.next_probe_in(Clock::now(), resume_in);
    publish_some(connection, channel);
    const bool more_to_read = read_events(channel);
    report_resolved();
    report_end_of_nacks();
    const bool to_write = !backlog_.empty() && may_publish();
    if (more_to_read || (to_write && connection.writable())) continue;
    broker_connection_.wait(connection, to_write, poll_timeout);
  }
}

void PublishLoop::publish_some(const Connection& connection, Channel& channel) {
  if ((backlog_.empty() && unroutable_.empty()) || !may_publish() || !connection.writable()) return;
  std::size_t bytes = 0;
  for (int sent = 0; sent < kMaxMessagesPerFlush && bytes < kMaxBytesPerFlush && may_publish(); ++sent) {
    auto next = next_publication();
    if (!next) break;
    // Tracked before it is sent, so that an error on the way does not lose it.
    const auto tag = tracker_.track(std::move(*next));
    const auto& publication = tracker_.at(tag);
    bytes += publication.body.size() + kFrameOverhead;
    channel.publish(publication, tag);
  }
  give_up_surplus();
  if (bytes == 0) return;
  channel.flush();
  crash_point("published");
}

/// A probe that is due, else the next publication whose route is not known to lead nowhere.
std::optional<Publication> PublishLoop::next_publication() {
  if (!unroutable_.empty()) {
    if (auto probe = unroutable_.take_probe(Clock::now())) return probe;
  }
  while (!backlog_.empty()) {
    auto publication = backlog_.pop();
    if (!unroutable_.contains(publication)) return publication;
    unroutable_.hold(std::move(publication));
  }
  return std::nullopt;
}

/// True when more events may be readable at once.
bool PublishLoop::read_events(Channel& channel) {
  for (int read = 0; read < kMaxEventsPerPoll; ++read) {
    const auto event = channel.next();
    if (!event) return false;
    handle(*event);
  }
  return true;
}

void PublishLoop::handle(const BrokerEvent& event) {
  if (const auto* confirm = std::get_if<Confirm>(&event)) {
    tracker_.resolve(confirm->tag, confirm->multiple, confirm->positive, resolved_);
  } else if (const auto* returned = std::get_if<Return>(&event)) {
    handle_return(returned->tag);
  } else if (const auto* blocked = std::get_if<Blocked>(&event)) {
    handle_blocked(*blocked);
  }
}

void PublishLoop::handle_return(std::uint64_t tag) {
  const auto* publication = tracker_.mark_returned(tag);
  if (publication == nullptr) return;
  warn_rate_limited(returned_warned_, *publication,
                    "no queue is bound to this routing key; its messages wait until one is",
                    "start the stage that consumes it");
}

/// Logs at once for a new exchange and routing key, and then again after kWarnInterval at the earliest.
void PublishLoop::warn_rate_limited(LastWarned& last_warned, const Publication& publication, const char* text,
                                    const char* remedy) {
  const auto now = Clock::now();
  const auto [known, fresh] = last_warned.try_emplace(publication.exchange + '/' + publication.routing_key, now);
  if (!fresh && now - known->second < kWarnInterval) return;
  known->second = now;
  log::warn(text, {{"exchange", publication.exchange}, {"routing_key", publication.routing_key}, {"remedy", remedy}});
}

void PublishLoop::handle_nacks(std::vector<Publication> nacked) {
  const auto now = Clock::now();
  if (now - last_nack_ > kQuietPeriod) {
    nacking_since_ = now;
    nack_pause_.reset();
  }
  last_nack_ = now;
  confirmed_since_nack_ = false;
  if (now >= retry_nacked_at_) retry_nacked_at_ = now + nack_pause_.next();
  if (now - nacking_since_ >= kPersistentNacks) {
    for (const auto& publication : nacked) {
      warn_rate_limited(nacked_warned_, publication,
                        "a queue of this routing key refuses messages; they are published again until it accepts them",
                        "if the queue is at its length limit, let its stage catch up or raise the limit");
    }
    if (!renew_channel_by_) renew_channel_by_ = now + kChannelRenewalTimeout;
  }
  // A queue that refuses a probe is a queue.
  for (const auto& publication : nacked) backlog_.push_back(unroutable_.answered(publication.token));
  nacked_total_.Increment(static_cast<double>(nacked.size()));
  backlog_.pause(std::move(nacked), retry_nacked_at_);
}

/// The broker may nack on one channel what it accepts on another: a channel that published to a quorum queue while its
/// leader died keeps sending to the dead leader. The channel is replaced only when nothing on it is unconfirmed. A late
/// confirm could otherwise be attributed to a publication of the next channel.
bool PublishLoop::needs_new_channel() const {
  if (!renew_channel_by_ || blocked_) return false;
  if (tracker_.size() > 0 && Clock::now() > *renew_channel_by_)
    throw BrokerError("the broker refuses some publications and does not confirm others");
  return tracker_.size() == 0;
}

void PublishLoop::report_end_of_nacks() {
  if (nacked_warned_.empty() || !confirmed_since_nack_ || Clock::now() - last_nack_ < kQuietPeriod) return;
  log::info("queues accept again the messages that they refused");
  nacked_warned_.clear();
}

void PublishLoop::handle_blocked(const Blocked& blocked) {
  blocked_ = blocked.blocked;
  blocked_gauge_.Set(blocked_ ? 1 : 0);
  broker_connection_.set_unready_reason(blocked_ ? "the broker blocks publishers: " + blocked.reason : std::string());
  if (blocked_) {
    log::warn("the broker blocks publishers; publishing resumes when it has memory and disk space again",
              {{"reason", blocked.reason}});
  } else {
    log::info("the broker accepts publications again");
  }
}

void PublishLoop::report_resolved() {
  auto resolved = std::exchange(resolved_, {});
  if (!resolved.returned.empty()) handle_returned(std::move(resolved.returned));
  if (!resolved.nacked.empty()) handle_nacks(std::move(resolved.nacked));
  if (!resolved.confirmed.empty()) handle_confirmed(resolved.confirmed);
}

void PublishLoop::handle_confirmed(const std::vector<std::uint64_t>& tokens) {
  confirmed_since_nack_ = true;
  confirmed_total_.Increment(static_cast<double>(tokens.size()));
  if (!unroutable_.empty()) {
    for (const auto token : tokens) backlog_.push_back(unroutable_.answered(token));
  }
  on_confirmed_(tokens);
}

void PublishLoop::handle_returned(std::vector<Publication> returned) {
  returned_total_.Increment(static_cast<double>(returned.size()));
  const auto now = Clock::now();
  for (auto& publication : returned) unroutable_.add_returned(std::move(publication), now);
  give_up_surplus();
}

/// The owner of a publication that was given up has a durable copy, and asks for the unroutable routes before it
/// publishes it again.
void PublishLoop::give_up_surplus() {
  if (!on_unroutable_ || unroutable_.empty()) return;
  const auto tokens = unroutable_.take_surplus();
  if (!tokens.empty()) on_unroutable_(tokens);
}

void PublishLoop::requeue_unconfirmed() {
  report_resolved();
  auto unconfirmed = tracker_.reset();
  unanswered_total_.Increment(static_cast<double>(unconfirmed.size()));
  unroutable_.forget_probes(Clock::now());
  backlog_.push_front(std::move(unconfirmed));
}

}  // namespace esteira::runtime::amqp
