#include "host/executor.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace esteira::host {

namespace {

using Clock = std::chrono::steady_clock;

std::string text_of_current_exception() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is not a std::exception";
  }
}

}  // namespace

Executor::Executor(runtime::StageObject stage, Options options, PluginMetrics& plugin_metrics, HostMetrics& metrics,
                   Deliver deliver)
    : stage_(std::move(stage)),
      options_(options),
      deliver_(std::move(deliver)),
      services_{options.timeout, timers_, plugin_metrics, metrics.handler_seconds,
                [this](HandlerResult&& result) { this->deliver(std::move(result)); }} {
  const std::size_t slots = stage_.async ? 1 : options_.concurrency;
  for (std::size_t i = 0; i < slots; ++i) slots_.push_back(std::make_unique<Slot>());
  for (auto& slot : slots_) slot->thread = std::thread([this, &held = *slot] { run(held); });
}

Executor::~Executor() {
  stop(std::chrono::milliseconds(0));
  for (auto& slot : slots_) {
    if (slot->thread.joinable()) slot->thread.join();
  }
  // What the timers and the plugin still pause comes back here as dropped messages, so both go before the members do.
  timers_.stop();
  stage_ = {};
}

void Executor::submit(std::vector<JobPtr> jobs) {
  const std::lock_guard lock(pause_mutex_);
  if (paused_) {
    std::move(jobs.begin(), jobs.end(), std::back_inserter(held_));
  } else {
    submit_while_paused(std::move(jobs));
  }
}

void Executor::submit_while_paused(std::vector<JobPtr> jobs) {
  const auto count = jobs.size();
  open_ += count;
  if (!queue_.push_all(std::move(jobs))) close(count);
}

void Executor::pause() {
  const std::lock_guard lock(pause_mutex_);
  paused_ = true;
}

void Executor::resume() {
  const std::lock_guard lock(pause_mutex_);
  paused_ = false;
  submit_while_paused(std::exchange(held_, {}));
}

void Executor::run(Slot& slot) {
  while (true) {
    const auto jobs = queue_.pop(1);
    if (jobs.empty()) break;
    if (services_.stopping) {
      close(1);
    } else {
      handle(jobs.front(), slot);
    }
  }
  slot.ended = true;
  tell_stopper();
}

void Executor::handle(const JobPtr& job, Slot& slot) {
  slot.busy_since = Clock::now().time_since_epoch().count();
  {
    const auto handling = std::make_shared<HandlerInvocation>(job, services_);
    handling->begin();
    call(handling);
  }
  slot.busy_since = 0;
}

void Executor::call(const std::shared_ptr<HandlerInvocation>& handling) {
  try {
    if (stage_.async) {
      stage_.async->start(Task(handling));
    } else {
      handling->complete(stage_.blocking->handle(handling->message(), handling->context()));
    }
  } catch (...) {
    handling->complete(Outcome::retry("the handler threw: " + text_of_current_exception()));
  }
}

void Executor::deliver(HandlerResult&& result) {
  const bool is_cut_short = services_.stopping && result.outcome.kind() == Outcome::Kind::retry;
  if (!is_cut_short) deliver_(std::move(result));
  close(1);
}

void Executor::close(std::size_t count) {
  open_ -= count;
  if (services_.stopping) tell_stopper();
}

/// The lock lets a stopper that has just looked go to sleep first, so that it hears this.
void Executor::tell_stopper() {
  { const std::lock_guard lock(stop_mutex_); }
  progress_.notify_all();
}

bool Executor::all_slots_ended() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->ended.load(); });
}

bool Executor::stop(std::chrono::milliseconds timeout) {
  services_.stopping = true;
  queue_.close();
  std::unique_lock lock(stop_mutex_);
  progress_.wait_for(lock, timeout, [this] { return open_ == 0 && all_slots_ended(); });
  return all_slots_ended();
}

std::string Executor::unready_reason() const {
  const auto is_overdue = [now = Clock::now(), this](const auto& slot) {
    const auto since = slot->busy_since.load();
    return since != 0 && now - Clock::time_point(Clock::duration(since)) > options_.timeout;
  };
  if (!std::all_of(slots_.begin(), slots_.end(), is_overdue)) return {};
  return "all " + std::to_string(slots_.size()) + " handler slots are held by handlers that overran their time";
}

}  // namespace esteira::host
