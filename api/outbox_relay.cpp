#include "api/outbox_relay.hpp"

#include <ctime>
#include <stdexcept>
#include <utility>

#include "runtime/amqp/installation_mark.hpp"
#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/retry.hpp"
#include "runtime/orders/envelope/message_id.hpp"
#include "runtime/orders/workers/installation_id.hpp"

namespace esteira::api {

using runtime::orders::OutboxEvent;

namespace {

constexpr std::size_t kMaxRowsToDelete = 1000;
/// The outbox has only first attempts: a host publishes retries itself.
constexpr int kFirstAttempt = 1;
/// The pause lets confirms accumulate, so that one commit deletes many rows.
constexpr std::chrono::milliseconds kPauseBetweenDeletes{20};

std::string row_key(const OutboxEvent& event) {
  return event.order_id + ' ' + event.exchange + ' ' + event.routing_key + ' ' + std::to_string(event.redrive);
}

runtime::amqp::Publication publication_of(OutboxEvent& event, std::uint64_t token) {
  runtime::amqp::Publication publication;
  publication.exchange = event.exchange;
  publication.routing_key = event.routing_key;
  publication.body = std::exchange(event.body, {});
  publication.properties.message_id =
      runtime::orders::message_id(event.order_id, event.redrive, kFirstAttempt, event.routing_key);
  publication.properties.type = event.routing_key;
  publication.properties.traceparent = event.traceparent;
  publication.properties.timestamp = std::time(nullptr);
  publication.properties.redrive = event.redrive;
  publication.token = token;
  return publication;
}

}  // namespace

OutboxRelay::OutboxRelay(Options options, runtime::Metrics& metrics)
    : options_(std::move(options)),
      session_(options_.database_url, "esteira-api relay", runtime::orders::prepare_order_store),
      publisher_(
          {options_.broker, "esteira-api publisher", options_.exchange},
          [this](const std::vector<std::uint64_t>& tokens) { on_confirmed(tokens); }, metrics,
          [this](const std::vector<std::uint64_t>& tokens) { leave_in_outbox(tokens); }) {}

OutboxRelay::~OutboxRelay() { stop(std::chrono::milliseconds(0)); }

void OutboxRelay::start() {
  // It is done with the session before anything is confirmed, and the deleter uses it.
  starter_ = std::thread([this] { start_publisher(); });
  deleter_ = std::thread([this] { delete_confirmed(); });
}

void OutboxRelay::add_pending(Publications& publications, OutboxEvent event, std::shared_ptr<ConfirmLatch> latch,
                              std::size_t index) {
  if (!pending_.insert(row_key(event)).second) return;
  const auto token = ++last_token_;
  publications.push_back(publication_of(event, token));
  unconfirmed_.emplace(token, Unconfirmed{std::move(event), std::move(latch), index});
}

void OutboxRelay::publish(std::vector<OutboxEvent> events) {
  Publications publications;
  {
    const std::lock_guard lock(mutex_);
    if (pending_.size() + events.size() > options_.max_pending) return;
    for (auto& event : events) add_pending(publications, std::move(event), nullptr, 0);
  }
  if (!publications.empty()) publisher_.publish(std::move(publications));
}

std::size_t OutboxRelay::pending() const {
  const std::lock_guard lock(mutex_);
  return pending_.size();
}

std::vector<std::size_t> OutboxRelay::publish_swept(const std::vector<OutboxEvent>& events,
                                                    std::chrono::milliseconds timeout) {
  const auto latch = std::make_shared<ConfirmLatch>();
  Publications publications;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < events.size() && pending_.size() < options_.max_pending; ++i)
      add_pending(publications, events[i], latch, i);
  }
  if (publications.empty()) return {};
  const auto awaited = publications.size();
  publisher_.publish(std::move(publications));
  return latch->wait(awaited, timeout);
}

void OutboxRelay::on_confirmed(const std::vector<std::uint64_t>& tokens) {
  std::vector<OutboxEvent> to_delete;
  {
    const std::lock_guard lock(mutex_);
    for (const auto token : tokens) {
      auto found = unconfirmed_.extract(token);
      if (found.empty()) continue;
      auto& unconfirmed = found.mapped();
      if (unconfirmed.latch != nullptr && unconfirmed.latch->confirm(unconfirmed.index)) {
        pending_.erase(row_key(unconfirmed.event));  // the sweep has its row locked, and deletes it
      } else {
        to_delete.push_back(std::move(unconfirmed.event));
      }
    }
  }
  if (!to_delete.empty()) confirmed_.push_all(std::move(to_delete));
}

/// Events that no queue takes are not kept in memory: a sweep finds their rows.
void OutboxRelay::leave_in_outbox(const std::vector<std::uint64_t>& tokens) {
  const std::lock_guard lock(mutex_);
  for (const auto token : tokens) {
    const auto found = unconfirmed_.extract(token);
    if (found.empty()) continue;
    const auto& unconfirmed = found.mapped();
    pending_.erase(row_key(unconfirmed.event));
    if (unconfirmed.latch != nullptr) unconfirmed.latch->give_up();
  }
}

void OutboxRelay::delete_confirmed() {
  for (;;) {
    const auto events = confirmed_.pop(kMaxRowsToDelete);
    if (events.empty() || !delete_rows(events)) return;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& event : events) pending_.erase(row_key(event));
    }
    stopping_.wait_for(kPauseBetweenDeletes);
  }
}

/// Retries until the rows are deleted. False when it was stopped before.
bool OutboxRelay::delete_rows(const std::vector<OutboxEvent>& events) {
  runtime::Backoff backoff(std::chrono::milliseconds(200), std::chrono::milliseconds(5000));
  for (;;) {
    try {
      runtime::orders::delete_published(session_, events);
      outage_.recovered();
      return true;
    } catch (const std::exception& error) {
      outage_.failed(error.what());
    }
    if (stopping_.wait_for(backoff.next())) return false;
  }
}

/// Events that are published meanwhile wait in the publisher, or in the outbox.
void OutboxRelay::start_publisher() {
  const auto compare = [this] {
    mismatched_ = false;
    const auto [id, database] = runtime::orders::read_installation_id(session_);
    const runtime::amqp::InstallationMark mark(options_.broker, options_.exchange, id, database);
    const auto mismatch = mark.make_or_compare();
    mismatched_ = !mismatch.empty();
    if (mismatched_) throw std::runtime_error(mismatch);
  };
  if (runtime::retry_until_done(start_stopping_, start_outage_, compare)) publisher_.start();
}

void OutboxRelay::stop(std::chrono::milliseconds timeout) {
  if (stopping_.is_set()) return;
  start_stopping_.set();
  if (starter_.joinable()) starter_.join();
  publisher_.stop(timeout);
  stopping_.set();
  confirmed_.close();
  if (deleter_.joinable()) deleter_.join();
}

}  // namespace esteira::api
