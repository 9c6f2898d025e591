#pragma once
#include <esteira/context.hpp>
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <memory>
#include <utility>

namespace esteira {

/// A blocking stage: the usual kind. The host calls `handle` from ESTEIRA_CONCURRENCY threads at once on one object, so
/// members are either constant after construction or guarded. A thrown exception counts as a retry with its text.
class Stage {
 public:
  Stage() = default;
  virtual ~Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  virtual Outcome handle(const Message& message, Context& context) = 0;
};

/// One message handed to an AsyncStage. Copies share the same work: the first call of `complete` counts, later ones and
/// calls after the deadline do nothing. A task whose last copy is dropped without completion counts as a retry.
/// Any thread may use it.
class Task {
 public:
  /// The host's side of a task.
  class Work {
   public:
    Work() = default;
    virtual ~Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    [[nodiscard]] virtual const Message& message() const = 0;
    [[nodiscard]] virtual Context& context() = 0;
    virtual void complete(Outcome outcome) = 0;
  };

  explicit Task(std::shared_ptr<Work> work) : work_(std::move(work)) {}

  [[nodiscard]] const Message& message() const { return work_->message(); }
  [[nodiscard]] Context& context() const { return work_->context(); }
  void complete(Outcome outcome) const { work_->complete(std::move(outcome)); }

 private:
  std::shared_ptr<Work> work_;
};

/// A stage whose work waits for something outside. `start` is called from one host thread, returns at once and calls
/// `task.complete` later from any thread: ten thousand orders can wait without ten thousand threads.
/// The destructor must not return while a thread of the stage still runs.
class AsyncStage {
 public:
  AsyncStage() = default;
  virtual ~AsyncStage() = default;
  AsyncStage(const AsyncStage&) = delete;
  AsyncStage& operator=(const AsyncStage&) = delete;

  virtual void start(Task task) = 0;
};

}  // namespace esteira
