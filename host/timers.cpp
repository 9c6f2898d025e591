#include "host/timers.hpp"

#include <exception>

#include "runtime/logging/log.hpp"

namespace esteira::host {

namespace {

void call_task(const std::function<void()>& task) {
  try {
    task();
  } catch (const std::exception& error) {
    runtime::log::error("the task of a timer threw", {{"error", error.what()}});
  } catch (...) {
    runtime::log::error("the task of a timer threw", {{"error", "not a std::exception"}});
  }
}

}  // namespace

Timers::Timers() : thread_([this] { run(); }) {}

Timers::~Timers() { stop(); }

Timers::Id Timers::schedule(Clock::time_point when, std::function<void()> task) {
  bool must_wake = false;
  Id id;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return id;
    id = {when, ++last_number_};
    tasks_.emplace(id, std::move(task));
    must_wake = when < wakes_at_;
    if (must_wake) wakes_at_ = when;
  }
  if (must_wake) changed_.notify_one();
  return id;
}

bool Timers::cancel(const Id& id) {
  // Declared before the lock, so that the task is destroyed after it: its destructor may call this object.
  std::map<Id, std::function<void()>>::node_type task;
  const std::lock_guard lock(mutex_);
  task = tasks_.extract(id);
  return !task.empty();
}

void Timers::stop() {
  std::map<Id, std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(tasks_);
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
