#include "cli/dlq/dead_letters.hpp"

#include <ctime>
#include <utility>

#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/text/utf8.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::cli {
namespace {

namespace amqp = esteira::runtime::amqp;

constexpr std::size_t kMaxReason = 8192;

std::string header_of(const amqp::Delivery& delivery, const char* name) {
  const auto found = delivery.properties.headers.find(name);
  return found == delivery.properties.headers.end() ? std::string() : found->second;
}

}  // namespace

std::set<std::string_view> DeadLetterFilter::options() { return {"--stage", "--order", "--reason", "--older"}; }

DeadLetterFilter DeadLetterFilter::from(const Options& options) {
  DeadLetterFilter filter{options.text("--stage"), options.text("--order"), options.text("--reason"),
                          options.duration("--older")};
  if (!filter.order) return filter;
  filter.order = runtime::canonical_uuid(*filter.order);
  if (!filter.order) throw UsageError("--order: should be an order's id, a UUID");
  return filter;
}

bool DeadLetterFilter::matches(const QueuedDeadLetter& letter, std::int64_t now) const {
  if (order && *order != letter.letter.order_id) return false;
  if (reason && letter.letter.reason.find(*reason) == std::string::npos) return false;
  return !older || (letter.died_at > 0 && (now - letter.died_at) * 1000 >= older->count());
}

DeadLetters::DeadLetters(const Installation& installation, runtime::postgres::Session& session, DeadLetterFilter filter)
    : installation_(installation), filter_(std::move(filter)) {
  amqp::QueueProbe probe(installation.broker, "esteira dead letters");
  std::vector<std::string> stages;
  if (filter_.stage) {
    stages.push_back(*filter_.stage);
  } else {
    for (auto& known : installation.stages(session)) stages.push_back(std::move(known.stage));
  }
  for (auto& stage : stages) {
    const auto ready = probe.ready(amqp::dead_queue(installation.exchange, stage));
    if (ready) queues_.push_back({std::move(stage), *ready});
  }
  if (filter_.stage && queues_.empty()) {
    throw UsageError("--stage: there is no queue " + amqp::dead_queue(installation.exchange, *filter_.stage));
  }
}

std::size_t DeadLetters::size() const {
  std::size_t size = 0;
  for (const auto& queue : queues_) size += queue.ready;
  return size;
}

bool DeadLetters::open_next() {
  if (reader_) reader_->close();
  reader_.reset();
  if (opened_ == queues_.size()) return false;
  const auto queue = amqp::dead_queue(installation_.exchange, queues_[opened_++].stage);
  reader_ = std::make_unique<amqp::QueueReader>(installation_.broker, "esteira dead letters", queue);
  return true;
}

std::optional<QueuedDeadLetter> DeadLetters::next() {
  while (reader_ || open_next()) {
    while (auto delivery = reader_->next()) {
      auto letter = read(std::move(*delivery));
      if (filter_.matches(letter, std::time(nullptr))) return letter;
    }
    if (!open_next()) break;
  }
  return std::nullopt;
}

void DeadLetters::pause(std::chrono::milliseconds time) {
  if (reader_) {
    reader_->pause(time);
  } else {
    runtime::StopFlag().wait_for(time);
  }
}

QueuedDeadLetter DeadLetters::read(amqp::Delivery&& delivery) const {
  const auto& stage = queues_[opened_ - 1].stage;
  QueuedDeadLetter dead;
  try {
    dead.letter.order_id = runtime::orders::read_envelope(delivery.body).order_id;
  } catch (const runtime::orders::MalformedEnvelope& error) {
    dead.fault = error.what();
  }
  dead.letter.stage = stage;
  dead.letter.redrive = delivery.properties.redrive;
  dead.letter.reason = runtime::clean_utf8(header_of(delivery, "x-esteira-reason"), kMaxReason);
  dead.letter.queue = amqp::stage_queue(installation_.exchange, stage);
  dead.letter.traceparent = runtime::clean_utf8(delivery.properties.traceparent, kMaxReason);
  dead.letter.body = std::exchange(delivery.body, {});
  dead.message_id = delivery.properties.message_id;
  dead.died_at = delivery.properties.timestamp;
  dead.delivery = std::move(delivery);
  return dead;
}

}  // namespace esteira::cli
