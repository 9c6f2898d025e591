#include "cli/dlq/dead_letter_reader.hpp"

#include <ctime>
#include <utility>

#include "cli/command_line.hpp"
#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::cli {
namespace {

namespace amqp = esteira::runtime::amqp;

constexpr const char* kConnectionName = "esteira dead letters";
constexpr std::size_t kMaxReason = 8192;

std::string header_of(const amqp::Delivery& delivery, const char* name) {
  const auto found = delivery.properties.headers.find(name);
  return found == delivery.properties.headers.end() ? std::string() : found->second;
}

}  // namespace

DeadLetterReader::DeadLetterReader(const Installation& installation, runtime::postgres::Session& session,
                                   DeadLetterFilter filter)
    : installation_(installation), filter_(std::move(filter)) {
  amqp::QueueProbe probe(installation.broker, kConnectionName);
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
    throw UsageError("--stage: the broker has no queue " + amqp::dead_queue(installation.exchange, *filter_.stage) +
                     "; correct the stage, or set ESTEIRA_EXCHANGE");
  }
}

std::size_t DeadLetterReader::size() const {
  std::size_t size = 0;
  for (const auto& queue : queues_) size += queue.ready;
  return size;
}

bool DeadLetterReader::open_next() {
  if (reader_) reader_->close();
  reader_.reset();
  if (opened_ == queues_.size()) return false;
  const auto queue = amqp::dead_queue(installation_.exchange, queues_[opened_++].stage);
  reader_ = std::make_unique<amqp::QueueReader>(installation_.broker, kConnectionName, queue);
  return true;
}

std::optional<DeadLetterMessage> DeadLetterReader::next() {
  while (reader_ || open_next()) {
    while (auto delivery = reader_->next()) {
      auto message = parse(std::move(*delivery));
      if (filter_.matches(message, std::time(nullptr))) return message;
    }
    if (!open_next()) break;
  }
  return std::nullopt;
}

void DeadLetterReader::pause(std::chrono::milliseconds time) {
  if (reader_) {
    reader_->pause(time);
  } else {
    runtime::StopFlag().wait_for(time);
  }
}

DeadLetterMessage DeadLetterReader::parse(amqp::Delivery&& delivery) const {
  const auto& stage = queues_[opened_ - 1].stage;
  DeadLetterMessage message;
  try {
    message.letter.order_id = runtime::orders::read_envelope(delivery.body).order_id;
  } catch (const runtime::orders::MalformedEnvelope& error) {
    message.fault = error.what();
  }
  message.letter.stage = stage;
  message.letter.redrive = delivery.properties.redrive;
  message.letter.reason = runtime::clean_utf8(header_of(delivery, "x-esteira-reason"), kMaxReason);
  message.letter.stage_queue = amqp::stage_queue(installation_.exchange, stage);
  message.letter.traceparent = runtime::clean_utf8(delivery.properties.traceparent, kMaxReason);
  message.letter.body = std::exchange(delivery.body, {});
  message.message_id = delivery.properties.message_id;
  message.died_at = delivery.properties.timestamp;
  message.delivery = std::move(delivery);
  return message;
}

}  // namespace esteira::cli
