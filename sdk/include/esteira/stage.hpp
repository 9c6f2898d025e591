#pragma once
#include <esteira/context.hpp>
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <memory>
#include <utility>

namespace esteira {

/// A blocking stage, the usual kind. The host creates one object and calls `handle` from ESTEIRA_CONCURRENCY threads at
/// once, so members must be constant after construction or guarded.
class Stage {
 public:
  Stage() = default;
  virtual ~Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Handles one message. It should return before `context.deadline()`. `message` and `context` are valid until it
  /// returns. An exception counts as a retry with its text as the reason. May run again for the same message: see
  /// Message::idempotency_key.
  virtual Outcome handle(const Message& message, Context& context) = 0;
};

/// One message that an AsyncStage handles. Copies refer to the same message. The first call of `complete` counts; later
/// calls, and calls after the deadline, do nothing. When the last copy is destroyed without a call of `complete`, this
/// counts as a retry. Thread-safe.
class Task {
 public:
  /// The host's side of a task; a stage does not use it directly.
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

/// A stage that waits for external work without blocking a thread for each message: ten thousand orders can wait at
/// once. The destructor must not return while a thread of the stage still runs.
class AsyncStage {
 public:
  AsyncStage() = default;
  virtual ~AsyncStage() = default;
  AsyncStage(const AsyncStage&) = delete;
  AsyncStage& operator=(const AsyncStage&) = delete;

  /// Starts the work on one message and returns at once. The stage calls `task.complete` later, from any thread. The
  /// host calls `start` from one thread. An exception counts as a retry with its text as the reason.
  virtual void start(Task task) = 0;
};

}  // namespace esteira
