#include "host/scheduled_sender.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/orders/envelope/message_id.hpp"

namespace esteira::host {

namespace {

using runtime::amqp::Publication;
using runtime::orders::ScheduledMessage;
using std::chrono::milliseconds;

constexpr std::size_t kMaxMessages = 200;
/// The pause after a look that found only messages that another host is sending.
constexpr milliseconds kLockedPause{50};
constexpr milliseconds kConfirmWait{3000};

milliseconds until_due(const std::optional<double>& seconds) {
  if (!seconds || *seconds > 1) return ScheduledSender::kPollInterval;
  // Not a moment too early: then another look would be needed.
  return milliseconds(static_cast<std::int64_t>(*seconds * 1000) + 1);
}

}  // namespace

ScheduledSender::ScheduledSender(const std::string& database_url, const StageOptions& options, Publish publish,
                                 IsConnected is_connected, BeforeLook before_look)
    : options_(options),
      publish_(std::move(publish)),
      is_connected_(std::move(is_connected)),
      before_look_(std::move(before_look)),
      session_(database_url, "esteira-host scheduled", runtime::orders::prepare_scheduled_messages) {}

ScheduledSender::~ScheduledSender() { stop(); }

void ScheduledSender::start() {
  outage_.await_first("scheduled messages have not been looked for yet");
  thread_ = std::thread([this] { run(); });
}

void ScheduledSender::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ScheduledSender::notify() {
  {
    const std::lock_guard lock(mutex_);
    is_notified_ = true;
  }
  changed_.notify_all();
}

void ScheduledSender::on_confirmed(std::uint64_t token) {
  {
    const std::lock_guard lock(mutex_);
    const auto key = keys_.extract(token);
    if (key.empty()) return;
    sent_.at(key.mapped()).is_confirmed = true;
  }
  changed_.notify_all();
}

void ScheduledSender::run() {
  runtime::Backoff backoff(milliseconds(50), milliseconds(2000));
  const auto stopped = [this] {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
  };
  while (!stopped()) {
    auto pause = kPollInterval;
    try {
      before_look_(session_);
      pause = send_due();
      outage_.recovered();
      backoff.reset();
    } catch (const std::exception& error) {
      outage_.failed(error.what());
      pause = backoff.next();
    }
    sleep(pause);
  }
}

/// Returns the time until the next look.
milliseconds ScheduledSender::send_due() {
  const auto seconds = runtime::orders::seconds_until_due(session_, options_.exchange, options_.stage);
  if (!seconds || *seconds > 0) return until_due(seconds);
  if (!is_connected_()) return kPollInterval;
  const auto deleted = runtime::orders::send_due_messages(session_, options_.exchange, options_.stage, kMaxMessages,
                                                          [this](const Messages& messages) { return send(messages); });
  runtime::crash_point("deleted_scheduled");
  return deleted > 0 ? milliseconds(0) : kLockedPause;
}

/// While publications of an earlier look are unconfirmed, no other message is sent: a broker that takes nothing must
/// not fill the memory.
std::vector<std::size_t> ScheduledSender::send(const Messages& messages) {
  if (auto publications = add_sent(messages); !publications.empty()) publish_(std::move(publications));
  return await_confirms(messages);
}

std::vector<Publication> ScheduledSender::add_sent(const Messages& messages) {
  const std::lock_guard lock(mutex_);
  std::vector<Publication> publications;
  if (!keys_.empty()) return publications;
  forget_deleted(messages);
  for (const auto& message : messages) {
    const auto [entry, is_new] = sent_.try_emplace(message.key());
    if (!is_new) continue;
    entry->second.token = ++last_token_;
    keys_.emplace(entry->second.token, entry->first);
    publications.push_back(publication_of(message, entry->second.token));
  }
  return publications;
}

/// Returns the indices of the messages that are confirmed after at most kConfirmWait.
std::vector<std::size_t> ScheduledSender::await_confirms(const Messages& messages) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kConfirmWait, [this] { return keys_.empty() || is_stopping_; });
  std::vector<std::size_t> confirmed;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto found = sent_.find(messages[i].key());
    if (found != sent_.end() && found->second.is_confirmed) confirmed.push_back(i);
  }
  return confirmed;
}

/// All that were sent before are confirmed. Those that are not due any more are deleted, by this host or another one.
void ScheduledSender::forget_deleted(const Messages& due) {
  std::map<std::string, Sent> still_due;
  for (const auto& message : due) {
    if (auto entry = sent_.extract(message.key())) still_due.insert(std::move(entry));
  }
  sent_ = std::move(still_due);
}

Publication ScheduledSender::publication_of(const ScheduledMessage& message, std::uint64_t token) const {
  const auto queue = runtime::amqp::stage_queue(options_.exchange, options_.stage);
  Publication publication;
  publication.token = token;
  publication.routing_key = queue;
  publication.body = message.body;
  auto& properties = publication.properties;
  properties.message_id =
      runtime::orders::message_id(message.order_id, message.redrive, message.attempt, queue, message.snoozes);
  properties.type = message.event;
  properties.traceparent = message.traceparent;
  properties.timestamp = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  properties.attempt = message.attempt;
  properties.redrive = message.redrive;
  properties.snoozes = message.snoozes;
  properties.snoozed_since = message.snoozed_since;
  return publication;
}

void ScheduledSender::sleep(milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return is_notified_ || is_stopping_; });
  is_notified_ = false;
}

}  // namespace esteira::host
