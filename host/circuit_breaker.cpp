#include "host/circuit_breaker.hpp"

#include <algorithm>
#include <utility>

#include "runtime/logging/log.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::host {

namespace {

using std::chrono::milliseconds;

/// How often the thread looks at what is kept.
constexpr milliseconds kLookInterval{1000};
/// A handler may ask for any delay; the clock cannot hold each. What is given back is cut to ESTEIRA_SNOOZE_LIMIT
/// later.
constexpr milliseconds kMaxDelay = std::chrono::hours(3650 * 24);
/// A message that was kept for the whole time comes back after a fifth of it.
constexpr int kComeBackDivisor = 5;
/// How long such a message may take from the database through the broker.
constexpr milliseconds kReturnTime{5000};
constexpr std::size_t kMaxError = 1000;

std::size_t hash_of(const Job& job) { return std::hash<std::string>()(job.message.order_id); }

/// Attempts of the order at this stage that failed before this message.
int failures_before(const Job& job) { return std::max(job.message.attempt, 1) - 1; }

/// Its handler has ended, so the message is not what crashes hosts: its quarantine is over.
JobPtr without_guard(const JobPtr& job) {
  if (job->quarantine_guard == nullptr) return job;
  auto copy = std::make_shared<Job>(*job);
  copy->quarantine_guard.reset();
  return copy;
}

}  // namespace

CircuitBreaker::CircuitBreaker(const Options& options, BreakerMetrics& metrics, Routes routes)
    : options_(options), metrics_(metrics), routes_(std::move(routes)), state_(options.state) {}

CircuitBreaker::~CircuitBreaker() { stop(); }

void CircuitBreaker::start() {
  {
    const std::lock_guard lock(mutex_);
    measured_at_ = Clock::now();
  }
  thread_ = std::thread([this] { run(); });
}

void CircuitBreaker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool CircuitBreaker::admit(const JobPtr& job) {
  if (is_free_) return true;
  const std::lock_guard lock(mutex_);
  if (permits_.erase(job->token) > 0) return true;
  const auto now = Clock::now();
  if (!paused_ && !kept_.has_startable(now)) {
    if (state_.is_probe_due(now)) {
      begin_probe(job, failures_before(*job));
      permits_.erase(job->token);
      return true;
    }
    if (state_.places() > 0) {
      state_.start();
      return true;
    }
  }
  keep(job, Time::min(), failures_before(*job));
  return false;
}

std::size_t CircuitBreaker::places() const {
  if (is_free_) return static_cast<std::size_t>(-1);
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (paused_ || kept_.has_startable(now)) return 0;
  return state_.is_probe_due(now) ? 1 : state_.places();
}

void CircuitBreaker::give_back(const JobPtr& job) {
  const std::lock_guard lock(mutex_);
  keep(job, Time::min(),
       failures_before(*job));  // its time is over, so the thread gives it back before it starts anything
}

void CircuitBreaker::accept(HandlerResult&& result) {
  const auto& outcome = result.outcome;
  const bool is_failure = outcome.kind() == Outcome::Kind::retry;
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const auto& job = *result.job;
    const bool is_probe = state_.probe() == job.token && job.token != 0;
    const bool is_attempt = state_.accept(
        {job.token, is_failure ? hash_of(job) : 0, is_failure, result.began, outcome.delay(), failures_before(job) > 0},
        now);
    if (is_probe) (is_failure ? metrics_.probes_failed : metrics_.probes_answered).Increment();
    enter_state(outcome.reason(), now);
    if (!is_attempt) {
      const auto delay = std::clamp(outcome.delay().value_or(milliseconds(0)), milliseconds(0), kMaxDelay);
      keep(without_guard(result.job), now + delay, (is_probe ? probe_failures_ : failures_before(job)) + 1);
      return;
    }
    if (!kept_.empty()) changed_.notify_one();
  }
  routes_.on_result(std::move(result));
}

void CircuitBreaker::set_paused(bool paused, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  pause_reason_ = reason;
  if (paused == paused_) return;
  const auto now = Clock::now();
  measure(now);
  paused_ = paused;
  metrics_.paused.Set(paused ? 1 : 0);
  if (paused) {
    withdraw_permits();
    runtime::log::warn("the stage is paused: no handler starts", {{"reason", reason}});
  } else {
    state_.recover();
    runtime::log::info("the stage is resumed", {{"held", kept_.size()}});
  }
  enter_state({}, now);
  changed_.notify_one();
}

BreakerState::State CircuitBreaker::state() const {
  const std::lock_guard lock(mutex_);
  return state_.state();
}

std::string CircuitBreaker::describe() const {
  const std::lock_guard lock(mutex_);
  std::string text = name_of(state_.state());
  if (state_.state() == BreakerState::State::open) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(state_.probe_at() - Clock::now()).count();
    text.append(", ").append(state_.reason()).append(" (").append(last_error_).append(")");
    if (!paused_) text.append(wait > 0 ? ", the next probe in " + std::to_string(wait) + " s" : ", a probe is due");
  }
  if (paused_) text.append("; the stage is paused").append(pause_reason_.empty() ? "" : ": " + pause_reason_);
  if (!kept_.empty()) text.append("; ").append(std::to_string(kept_.size())).append(" messages are held");
  return text;
}

void CircuitBreaker::run() {
  Lock lock(mutex_);
  while (!stopping_) {
    const auto now = Clock::now();
    measure(now);
    if (auto work = take_work(now); !work.empty()) {
      lock.unlock();
      perform(std::move(work));
      lock.lock();
    } else if (const auto look = next_look(now)) {
      changed_.wait_until(lock, *look);
    } else {
      changed_.wait(lock);
    }
  }
}

CircuitBreaker::Work CircuitBreaker::take_work(Time now) {
  Work work;
  take_cancelled(now, work);
  take_overdue(now, work);
  if (!paused_) take_startable(now, work);
  if (kept_.empty() && permits_.empty() && !paused_ && now >= returned_at_) state_.end_recovery();
  enter_state({}, now);
  metrics_.held.Set(static_cast<double>(kept_.size()));
  return work;
}

void CircuitBreaker::take_cancelled(Time now, Work& work) {
  if (now < cancelled_look_at_) return;
  cancelled_look_at_ = now + kLookInterval;
  work.cancel = kept_.take_if([this](const Job& job) { return routes_.is_cancelled(job.message.order_id); });
}

void CircuitBreaker::take_overdue(Time now, Work& work) {
  const auto come_back = now + options_.hold_limit / kComeBackDivisor;
  work.give_back = kept_.take_overdue(now, options_.hold_limit);
  for (auto& held : work.give_back) held.not_before = std::max(come_back, held.not_before);
  work.is_paused = paused_;
  if (work.give_back.empty()) return;
  work.reason = hold_reason();
  returned_at_ = come_back + kReturnTime;
}

void CircuitBreaker::take_startable(Time now, Work& work) {
  if (state_.is_probe_due(now)) {
    if (auto next = kept_.take_next(now)) {
      begin_probe(next->job, next->failures);
      work.start.push_back(std::move(next->job));
    }
    return;
  }
  while (state_.is_free() || state_.places() > 0) {
    auto next = kept_.take_next(now);
    if (!next) return;
    state_.start();
    if (!state_.is_free()) permits_.insert(next->job->token);
    work.start.push_back(std::move(next->job));
  }
}

void CircuitBreaker::perform(Work work) {
  const auto now = Clock::now();
  for (auto& [job, due, failures] : work.give_back) {
    routes_.give_back(std::move(job), std::chrono::ceil<milliseconds>(due - now), work.reason, work.is_paused);
  }
  for (auto& job : work.cancel) routes_.cancel(std::move(job));
  if (!work.start.empty()) routes_.submit(std::move(work.start));
}

/// None: until something changes.
std::optional<CircuitBreaker::Time> CircuitBreaker::next_look(Time now) const {
  const auto state = state_.state();
  if (kept_.empty() && is_free_) return std::nullopt;
  auto look = kept_.next_startable(now, now + kLookInterval);
  if (state == BreakerState::State::open && state_.probe_at() > now) look = std::min(look, state_.probe_at());
  return look;
}

void CircuitBreaker::keep(const JobPtr& job, Time not_before, int failures) {
  kept_.add({job, not_before, failures});
  changed_.notify_one();
}

void CircuitBreaker::begin_probe(const JobPtr& job, int failures) {
  state_.start_probe(job->token);
  probe_failures_ = failures;
  permits_.insert(job->token);
  enter_state(job->message.order_id, Clock::now());
}

/// Jobs that are submitted and have not begun come back to `admit`, which keeps them.
void CircuitBreaker::withdraw_permits() {
  for (const auto token : permits_) {
    token == state_.probe() ? state_.cancel_probe() : state_.cancel_start();
  }
  permits_.clear();
}

/// Follows the state machine after it may have changed.
void CircuitBreaker::enter_state(const std::string& detail, Time now) {
  is_free_ = state_.is_free() && !paused_;
  if (is_free_) permits_.clear();  // `admit` does not look at them any more
  const auto state = state_.state();
  if (state == shown_) return;
  measure(now);
  shown_ = state;
  metrics_.enter(state);
  changed_.notify_one();
  if (state == BreakerState::State::open) {
    withdraw_permits();
    const auto wait = std::chrono::duration_cast<milliseconds>(state_.probe_at() - now);
    if (!detail.empty()) last_error_ = runtime::clean_utf8(detail, kMaxError);
    runtime::log::warn("the circuit breaker is open: no handler starts until a probe is answered",
                       {{"reason", state_.reason()},
                        {"error", last_error_},
                        {"probe_in_ms", std::max<std::int64_t>(wait.count(), 0)}});
  } else if (state == BreakerState::State::half_open) {
    runtime::log::info("the circuit breaker is half-open: one message is the probe", {{"order_id", detail}});
  } else {
    runtime::log::info("the circuit breaker is closed", {{"reason", state_.reason()}, {"held", kept_.size()}});
  }
}

void CircuitBreaker::measure(Time now) {
  if (shown_ != BreakerState::State::closed) {
    metrics_.open_seconds.Increment(std::chrono::duration<double>(now - measured_at_).count());
  }
  measured_at_ = now;
}

std::string CircuitBreaker::hold_reason() const {
  if (paused_) return "held while the stage was paused";
  return "held while the circuit breaker was open" + (last_error_.empty() ? "" : ": " + last_error_);
}

}  // namespace esteira::host
