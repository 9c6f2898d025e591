#include "host/executor.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace esteira::host {

namespace {

using Clock = std::chrono::steady_clock;

std::string current_exception_text() {
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
                   OnResult on_result)
    : stage_(std::move(stage)),
      options_(std::move(options)),
      on_result_(std::move(on_result)),
      services_{options_.timeout,
                timers_,
                plugin_metrics,
                metrics.handler_seconds,
                [this](HandlerResult&& result) { report(std::move(result)); },
                options_.is_cancelled} {
  const std::size_t slots = stage_.async ? 1 : options_.concurrency;
  for (std::size_t i = 0; i < slots; ++i) slots_.push_back(std::make_unique<Slot>());
  for (auto& slot : slots_) slot->thread = std::thread([this, slot = slot.get()] { run(*slot); });
}

Executor::~Executor() {
  stop(std::chrono::milliseconds(0));
  for (auto& slot : slots_) {
    if (slot->thread.joinable()) slot->thread.join();
  }
  // Timers and plugin still own invocations, which report to this object when they are destroyed: end both first.
  timers_.stop();
  stage_ = {};
}

void Executor::submit(std::vector<JobPtr> jobs) {
  const std::lock_guard lock(pause_mutex_);
  if (paused_) {
    std::move(jobs.begin(), jobs.end(), std::back_inserter(kept_aside_));
  } else {
    submit_while_paused(std::move(jobs));
  }
}

void Executor::submit_while_paused(std::vector<JobPtr> jobs) {
  const auto count = jobs.size();
  unfinished_ += count;
  if (!queue_.push_all(std::move(jobs))) finish(count);
}

void Executor::pause() {
  const std::lock_guard lock(pause_mutex_);
  paused_ = true;
}

void Executor::resume() {
  const std::lock_guard lock(pause_mutex_);
  paused_ = false;
  submit_while_paused(std::exchange(kept_aside_, {}));
}

void Executor::run(Slot& slot) {
  while (true) {
    const auto jobs = queue_.pop(1);
    if (jobs.empty()) break;
    if (services_.stopping || !may_start(jobs.front())) {
      finish(1);
    } else {
      handle(jobs.front(), slot);
    }
  }
  slot.ended = true;
  notify_stop();
}

bool Executor::may_start(const JobPtr& job) { return options_.gate == nullptr || options_.gate->admit(job); }

void Executor::handle(const JobPtr& job, Slot& slot) {
  const auto start = Clock::now();
  slot.busy_since = start.time_since_epoch().count();
  {
    const auto invocation = std::make_shared<HandlerInvocation>(job, services_);
    invocation->begin();
    call_handler(invocation);
  }
  slot.busy_since = 0;
  if (options_.on_handled) options_.on_handled(Clock::now() - start);
}

void Executor::call_handler(const std::shared_ptr<HandlerInvocation>& invocation) {
  try {
    if (stage_.async) {
      stage_.async->start(Task(invocation));
    } else {
      invocation->complete(stage_.blocking->handle(invocation->message(), invocation->context()));
    }
  } catch (...) {
    invocation->complete(Outcome::retry("the handler threw: " + current_exception_text()));
  }
}

void Executor::report(HandlerResult&& result) {
  const bool is_interrupted = services_.stopping && result.outcome.kind() == Outcome::Kind::retry;
  if (!is_interrupted) on_result_(std::move(result));
  finish(1);
}

void Executor::finish(std::size_t jobs) {
  unfinished_ -= jobs;
  if (services_.stopping) notify_stop();
}

/// Without the lock, `stop` could miss this between its check and its wait.
void Executor::notify_stop() {
  { const std::lock_guard lock(stop_mutex_); }
  stop_progress_.notify_all();
}

bool Executor::all_slots_ended() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->ended.load(); });
}

bool Executor::stop(std::chrono::milliseconds timeout) {
  services_.stopping = true;
  queue_.close();
  std::unique_lock lock(stop_mutex_);
  stop_progress_.wait_for(lock, timeout, [this] { return unfinished_ == 0 && all_slots_ended(); });
  return all_slots_ended();
}

std::string Executor::unready_reason() const {
  const auto is_overdue = [now = Clock::now(), this](const auto& slot) {
    const auto since = slot->busy_since.load();
    return since != 0 && now - Clock::time_point(Clock::duration(since)) > options_.timeout;
  };
  if (!std::all_of(slots_.begin(), slots_.end(), is_overdue)) return {};
  return "all " + std::to_string(slots_.size()) +
         " handler slots are occupied by handlers that exceeded ESTEIRA_HANDLER_TIMEOUT";
}

}  // namespace esteira::host
