#include "host/outcome_policy.hpp"

#include <algorithm>
#include <utility>

#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::host {

namespace {

using runtime::orders::StageResult;

constexpr std::size_t kMaxReason = 1000;

bool is_routing_key(const std::string& key) {
  return key.size() <= 200 && std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
         });
}

StageResult effect_of(const JobPtr& job, const StageOptions& options) {
  StageResult effect;
  effect.order_id = job->message.order_id;
  effect.stage = options.stage;
  effect.redrive = job->message.redrive;
  effect.attempt = job->message.attempt;
  return effect;
}

/// Without NUL, which PostgreSQL's text cannot hold; valid UTF-8; not longer than anyone reads.
std::string presentable(std::string reason) {
  std::replace(reason.begin(), reason.end(), '\0', ' ');
  return runtime::clean_utf8(reason.empty() ? "no reason given" : reason, kMaxReason);
}

std::string fault_of(const Outcome& outcome) {
  if (!outcome.data().empty()) {
    auto fault = runtime::orders::json_object_fault(outcome.data());
    if (!fault.empty()) return "the handler's data cannot be kept: " + fault;
  }
  if (!is_routing_key(outcome.routing_key()))
    return "the handler's routing key is not [a-z0-9._-], at most 200 characters";
  if (outcome.total() && (outcome.total()->cents > kMaxCents || outcome.total()->cents < 0)) {
    return "the handler's total is negative or beyond 9999999999.99";
  }
  return {};
}

JobResult done(JobPtr job, const Outcome& outcome, const StageOptions& options) {
  auto effect = effect_of(job, options);
  effect.kind = StageResult::Kind::done;
  effect.status = options.status;
  effect.data = outcome.data();
  effect.routing_key = outcome.routing_key().empty() ? options.publishes : outcome.routing_key();
  effect.total = outcome.total();
  return {std::move(job), std::move(effect)};
}

JobResult retry(JobPtr job, const std::string& reason, const std::optional<std::chrono::milliseconds>& wish,
                const StageOptions& options) {
  const auto delay = options.delay_after(job->message.attempt, wish);
  if (!delay) {
    const auto attempts = std::to_string(job->message.attempt);
    return make_failed_result(std::move(job), options, reason + " (attempt " + attempts + ", the last)");
  }
  auto effect = effect_of(job, options);
  effect.kind = StageResult::Kind::retry;
  effect.detail = presentable(reason);
  return {std::move(job), std::move(effect), *delay};
}

}  // namespace

JobResult resolve_outcome(HandlerResult result, const StageOptions& options) {
  const auto& outcome = result.outcome;
  switch (outcome.kind()) {
    case Outcome::Kind::done: {
      const auto fault = fault_of(outcome);
      if (fault.empty()) return done(std::move(result.job), outcome, options);
      return retry(std::move(result.job), fault, {}, options);
    }
    case Outcome::Kind::retry:
      return retry(std::move(result.job), outcome.reason(), outcome.delay(), options);
    case Outcome::Kind::fail:
      break;
  }
  return make_failed_result(std::move(result.job), options, outcome.reason());
}

JobResult make_failed_result(JobPtr job, const StageOptions& options, const std::string& reason) {
  auto effect = effect_of(job, options);
  effect.kind = StageResult::Kind::failed;
  effect.detail = presentable(reason);
  return {std::move(job), std::move(effect)};
}

}  // namespace esteira::host
