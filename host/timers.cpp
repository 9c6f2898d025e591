#include "host/timers.hpp"

#include <exception>

#include "runtime/logging/log.hpp"

namespace esteira::host {

namespace {

void call_task(const std::function<void()>& task) {
  try {
    task();
  } catch (const std::exception& error) {
    runtime::log::error("a timer's task failed", {{"error", error.what()}});
  } catch (...) {
    runtime::log::error("a timer's task failed", {{"error", "not a std::exception"}});
  }
}

}  // namespace

Timers::Timers() : thread_([this] { run(); }) {}

Timers::~Timers() { stop(); }

Timers::Id Timers::schedule(Clock::time_point when, std::function<void()> task) {
  bool is_too_late = false;
  Id id;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return id;
    id = {when, ++last_};
    tasks_.emplace(id, std::move(task));
    is_too_late = when < wakes_at_;
    if (is_too_late) wakes_at_ = when;
  }
  if (is_too_late) changed_.notify_one();
  return id;
}

bool Timers::cancel(const Id& id) {
  // What the task holds is destroyed outside the lock: its destructor may schedule or cancel.
  std::map<Id, std::function<void()>>::node_type task;
  const std::lock_guard lock(mutex_);
  task = tasks_.extract(id);
  return !task.empty();
}

void Timers::stop() {
  std::map<Id, std::function<void()>> forgotten;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    forgotten.swap(tasks_);
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Timers::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (tasks_.empty()) {
      wakes_at_ = Clock::time_point::max();
      changed_.wait(lock);
    } else if (const auto due = tasks_.begin()->first.first; due > Clock::now()) {
      wakes_at_ = due;
      changed_.wait_until(lock, due);
    } else {
      wakes_at_ = Clock::time_point::min();
      auto task = tasks_.extract(tasks_.begin());
      lock.unlock();
      call_task(task.mapped());
      task = {};
      lock.lock();
    }
  }
}

}  // namespace esteira::host
