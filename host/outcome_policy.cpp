#include "host/outcome_policy.hpp"

#include <algorithm>
#include <utility>

#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/store/cancellation.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::host {

namespace {

using runtime::orders::StageResult;
using std::chrono::milliseconds;

constexpr std::size_t kMaxReason = 1000;
constexpr std::size_t kMaxHeader = 255;
constexpr milliseconds kMinSnooze{1};

bool is_routing_key(const std::string& key) {
  return key.size() <= 200 && std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
         });
}

StageResult base_result(const JobPtr& job, const StageOptions& options) {
  StageResult result;
  result.order_id = job->message.order_id;
  result.stage = options.stage;
  result.redrive = job->message.redrive;
  result.attempt = job->message.attempt;
  result.snoozes = job->snoozes;
  return result;
}

/// The reason as valid UTF-8, without NUL, which PostgreSQL's text cannot hold, and at most kMaxReason bytes long.
std::string clean_reason(std::string reason) {
  std::replace(reason.begin(), reason.end(), '\0', ' ');
  return runtime::clean_utf8(reason.empty() ? "no reason given" : reason, kMaxReason);
}

/// PostgreSQL stores these texts, and a header can contain any bytes. The body is valid, because it is an order.
std::string clean_header(std::string text) {
  std::replace(text.begin(), text.end(), '\0', ' ');
  return runtime::clean_utf8(text, kMaxHeader);
}

std::shared_ptr<const runtime::orders::MessageSchedule> schedule(const Job& job, milliseconds delay,
                                                                 const StageOptions& options) {
  return std::make_shared<const runtime::orders::MessageSchedule>(runtime::orders::MessageSchedule{
      delay, options.exchange, clean_header(job.event), clean_header(job.message.traceparent), job.body});
}

std::string fault_of(const Outcome& outcome) {
  if (!outcome.data().empty()) {
    auto fault = runtime::orders::json_object_fault(outcome.data());
    if (!fault.empty()) return "the handler's data cannot be stored: " + fault;
  }
  if (!is_routing_key(outcome.routing_key()))
    return "the handler's routing key is not [a-z0-9._-], at most 200 characters";
  if (outcome.routing_key() == runtime::orders::kCancelledEvent)
    return std::string("the handler's routing key is ") + runtime::orders::kCancelledEvent +
           ", which is the event of cancelled orders";
  if (outcome.total() && (outcome.total()->cents > kMaxCents || outcome.total()->cents < 0)) {
    return "the handler's total is negative or beyond 9999999999.99";
  }
  return {};
}

JobResult done(JobPtr job, Outcome&& outcome, const StageOptions& options) {
  auto result = base_result(job, options);
  result.kind = StageResult::Kind::done;
  result.status = options.status;
  result.total = outcome.total();
  result.routing_key = outcome.routing_key().empty() ? options.publishes : outcome.routing_key();
  result.data = std::move(outcome).data();
  return {std::move(job), std::move(result)};
}

JobResult retry(JobPtr job, const std::string& reason, const std::optional<std::chrono::milliseconds>& wanted_delay,
                const StageOptions& options) {
  const auto delay = options.delay_after(job->message.attempt, wanted_delay);
  if (!delay) {
    const auto attempts = std::to_string(job->message.attempt);
    return make_failed_result(std::move(job), options, reason + " (attempt " + attempts + ", the last)");
  }
  auto result = base_result(job, options);
  result.kind = StageResult::Kind::retry;
  result.detail = clean_reason(reason);
  if (!options.has_retry_queue(*delay)) result.schedule = schedule(*job, *delay, options);
  return {std::move(job), std::move(result), *delay};
}

milliseconds time_since(std::int64_t unix_milliseconds) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()) -
         milliseconds(unix_milliseconds);
}

JobResult scheduled_snooze(JobPtr job, milliseconds delay, const std::string& reason, const StageOptions& options) {
  auto result = base_result(job, options);
  result.kind = StageResult::Kind::snooze;
  result.detail = clean_reason(reason);
  result.schedule = schedule(*job, delay, options);
  return {std::move(job), std::move(result), delay};
}

/// The last look is at the limit.
JobResult snooze(JobPtr job, milliseconds delay, const std::string& reason, const StageOptions& options) {
  const bool is_first = job->snoozed_since == 0;
  const auto left = is_first ? options.snooze_limit : options.snooze_limit - time_since(job->snoozed_since);
  if (left.count() <= 0) {
    const auto snoozes = std::to_string(job->snoozes);
    return retry(std::move(job), reason + " (snoozed " + snoozes + " times until ESTEIRA_SNOOZE_LIMIT)", {}, options);
  }
  return scheduled_snooze(std::move(job), std::clamp(delay, kMinSnooze, std::max(kMinSnooze, left)), reason, options);
}

}  // namespace

JobResult resolve_outcome(HandlerResult result, const StageOptions& options) {
  auto& outcome = result.outcome;
  switch (outcome.kind()) {
    case Outcome::Kind::done: {
      const auto fault = fault_of(outcome);
      if (fault.empty()) return done(std::move(result.job), std::move(outcome), options);
      return retry(std::move(result.job), fault, {}, options);
    }
    case Outcome::Kind::retry:
      return retry(std::move(result.job), outcome.reason(), outcome.delay(), options);
    case Outcome::Kind::snooze:
      return snooze(std::move(result.job), outcome.delay().value_or(kMinSnooze), outcome.reason(), options);
    case Outcome::Kind::fail:
      break;
  }
  auto refused = make_failed_result(std::move(result.job), options, outcome.reason());
  refused.stage_result.routing_key = options.refused;
  return refused;
}

JobResult make_cancelled_result(JobPtr job, const StageOptions& options) {
  auto result = base_result(job, options);
  result.kind = StageResult::Kind::cancelled;
  return {std::move(job), std::move(result)};
}

JobResult make_held_result(JobPtr job, const StageOptions& options, milliseconds delay, const std::string& reason,
                           bool may_expire) {
  auto result = may_expire ? snooze(std::move(job), delay, reason, options)
                           : scheduled_snooze(std::move(job),
                                              std::clamp(delay, kMinSnooze, std::max(kMinSnooze, options.snooze_limit)),
                                              reason, options);
  result.is_held = result.stage_result.kind == StageResult::Kind::snooze;
  return result;
}

JobResult make_failed_result(JobPtr job, const StageOptions& options, const std::string& reason) {
  auto result = base_result(job, options);
  result.kind = StageResult::Kind::failed;
  result.detail = clean_reason(reason);
  return {std::move(job), std::move(result)};
}

}  // namespace esteira::host
