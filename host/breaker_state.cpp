#include "host/breaker_state.hpp"

#include <algorithm>
#include <utility>

#include "runtime/config/config.hpp"
#include "runtime/text/parse_integer.hpp"

namespace esteira::host {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxWindow = 1000;

}  // namespace

const char* name_of(BreakerState::State state) {
  switch (state) {
    case BreakerState::State::closed:
      return "closed";
    case BreakerState::State::half_open:
      return "half-open";
    case BreakerState::State::open:
      break;
  }
  return "open";
}

BreakerState::BreakerState(Options options)
    : options_(options), backoff_(options.first_wait, kMaxWaitFactor * options.first_wait) {}

std::size_t BreakerState::places() const {
  if (state_ != State::closed) return 0;
  if (!is_recovering_) return options_.full_load;
  return allowed_ > running_ ? allowed_ - running_ : 0;
}

void BreakerState::start() {
  if (is_recovering_) ++running_;
}

void BreakerState::cancel_start() {
  if (running_ > 0) --running_;
}

void BreakerState::start_probe(std::uint64_t token) {
  probe_ = token;
  state_ = State::half_open;
}

void BreakerState::cancel_probe() {
  if (state_ == State::half_open) state_ = State::open;
}

void BreakerState::recover() {
  if (state_ != State::closed) return;
  is_recovering_ = true;
  running_ = 0;
  allowed_ = 1;
  late_answers_ = 0;
  fastest_ = Clock::duration::max();
  answers_ = 1;
  refailed_ = 0;
}

bool BreakerState::accept(const Result& result, Time now) {
  if (options_.threshold.failures == 0) return accept_while_closed(result, now);
  if (state_ == State::half_open && result.token == probe_) {
    finish_probe(result, now);
    return !result.is_failure;
  }
  const bool is_of_before = state_ != State::closed || result.began < opened_at_;
  if (!is_of_before) return accept_while_closed(result, now);
  if (result.is_failure && state_ == State::open && result.delay) {
    probe_at_ = std::max(probe_at_, now + std::min(*result.delay, kMaxRequestedWait));
  }
  return !result.is_failure;
}

bool BreakerState::accept_while_closed(const Result& result, Time now) {
  const bool is_off = options_.threshold.failures == 0;
  cancel_start();
  if (result.is_failure && !is_off) {
    ++refailed_;
  } else {
    ++answers_;
    allow_more(now - result.began);
  }
  if (is_off) return true;
  if (answers_ > options_.threshold.failures) backoff_.reset();
  count(result);
  if (!result.is_failure || !must_open()) return true;
  if (is_recovering_ && refailed_ >= answers_) {
    open("the failures since the last probe are as many as the answers", now, result.delay);
  } else {
    const bool is_row = in_a_row_.size() >= options_.threshold.failures;
    open(is_row ? std::to_string(in_a_row_.size()) + " failures in a row"
                : std::to_string(failures_) + " failures among the last " + std::to_string(window_.size()) + " results",
         now, result.delay);
  }
  return true;
}

void BreakerState::allow_more(Clock::duration took) {
  if (!is_recovering_) return;
  fastest_ = std::min(fastest_, took);
  const bool is_late = took > 2 * fastest_ + kLateness;
  if (is_late && ++late_answers_ < allowed_) return;
  if (is_late) late_answers_ = 0;
  if (++allowed_ >= options_.full_load) is_recovering_ = false;
}

bool BreakerState::must_open() const {
  return std::max(in_a_row_.size(), failures_) >= options_.threshold.failures ||
         (is_recovering_ && refailed_ >= answers_);
}

void BreakerState::finish_probe(const Result& result, Time now) {
  if (result.is_failure) {
    open("the probe failed", now, result.delay);
  } else {
    close();
    fastest_ = now - result.began;
  }
}

void BreakerState::count(const Result& result) {
  if (!result.is_failure) {
    in_a_row_.clear();
  } else if (std::ranges::find(in_a_row_, result.order) == in_a_row_.end()) {
    in_a_row_.push_back(result.order);
  }
  if (!result.is_failure || !result.is_repeat) count_in_window(result);
}

void BreakerState::count_in_window(const Result& result) {
  if (result.is_failure) {
    const auto before = std::ranges::find_if(
        window_, [&](const Entry& entry) { return entry.is_failure && entry.order == result.order; });
    if (before != window_.end()) {
      window_.erase(before);
      --failures_;
    }
    ++failures_;
  }
  window_.push_back({result.order, result.is_failure});
  if (window_.size() <= options_.threshold.window) return;
  if (window_.front().is_failure) --failures_;
  window_.pop_front();
}

void BreakerState::open(std::string reason, Time now, const std::optional<milliseconds>& requested) {
  state_ = State::open;
  reason_ = std::move(reason);
  opened_at_ = now;
  const auto wait = std::max(backoff_.next(), std::min(requested.value_or(milliseconds(0)), kMaxRequestedWait));
  probe_at_ = now + wait;
  is_recovering_ = false;
  running_ = 0;
  in_a_row_.clear();
  window_.clear();
  failures_ = 0;
}

void BreakerState::close() {
  state_ = State::closed;
  reason_ = "the probe was answered";
  recover();
}

BreakerThreshold BreakerThreshold::parse(const std::string& text) {
  if (text == "off") return {0, 0};
  const auto slash = text.find('/');
  const auto number = [](const std::string& part) { return runtime::parse_integer<std::size_t>(part).value_or(0); };
  if (slash != std::string::npos) {
    const BreakerThreshold threshold{number(text.substr(0, slash)), number(text.substr(slash + 1))};
    const bool is_valid =
        threshold.failures >= 1 && threshold.failures <= threshold.window && threshold.window <= kMaxWindow;
    if (is_valid) return threshold;
  }
  throw runtime::ConfigError(
      "ESTEIRA_BREAKER is '" + text +
      "': write FAILURES/RESULTS, such as 10/20 (10 failures among the last 20 results; at most " +
      std::to_string(kMaxWindow) + "), or off");
}

}  // namespace esteira::host
