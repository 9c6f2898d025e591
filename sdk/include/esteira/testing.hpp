#pragma once
#include <esteira/abi.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <esteira/abi_text.hpp>
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <esteira/plugin_stage.hpp>
#include <esteira/setting_value.hpp>
#include <esteira/stage.hpp>
#include <esteira/testing_context.hpp>
#include <esteira/testing_outcome.hpp>
#include <exception>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

/// Runs a stage in a test as a host does, without a broker or a database.
namespace esteira::testing {

/// A small order with two items. A test changes the fields that matter to it.
inline Message sample_message(std::string stage = "test") {
  Message message;
  message.order_id = "5f2b8c1e-7d43-4a96-9a57-0c1d2e3f4a5b";
  message.workflow = "orders";
  message.customer_id = "123";
  message.items = {{"ABC", 2, Money{1050}}, {"XYZ", 1, Money{99}}};
  message.stage = std::move(stage);
  return message;
}

/// Builds a plugin's settings as a host does: `given` (key to text, spelled as in the environment) overrides the
/// defaults. Throws std::invalid_argument for an unknown key, an invalid value, and a required setting that is missing.
inline Settings make_settings(const esteira_plugin_descriptor& descriptor,
                              std::map<std::string, std::string> given = {}) {
  std::map<std::string, Settings::Value, std::less<>> values;
  for (std::size_t i = 0; i < descriptor.settings_count; ++i) {
    const auto& spec = abi::element(descriptor.settings, i, descriptor.setting_size);
    const auto found = given.extract(spec.key);
    if (!found && spec.default_value == nullptr) throw std::invalid_argument(std::string(spec.key) + " is required");
    const auto type = static_cast<SettingType>(spec.type);
    auto value = read_setting(type, found ? found.mapped() : std::string(spec.default_value));
    if (!value) throw std::invalid_argument(std::string(spec.key) + " should be " + std::string(setting_form(type)));
    values.emplace(spec.key, *std::move(value));
  }
  if (!given.empty()) throw std::invalid_argument("the plugin declares no setting " + given.begin()->first);
  return Settings(std::move(values));
}

/// Calls a blocking stage with a message. As in a host, an exception becomes a retry with its text, and so does an
/// outcome that cannot be stored.
inline Outcome run(Stage& stage, const Message& message, TestContext& context) {
  try {
    return as_a_host_takes_it(stage.handle(message, context));
  } catch (const std::exception& error) {
    return Outcome::retry(error.what());
  } catch (...) {
    return Outcome::retry("unknown exception");
  }
}

/// The outcome of a message in an AsyncStage, now or later. Thread-safe.
class Call {
 public:
  /// Waits for the first outcome; empty when there is none within `timeout`.
  [[nodiscard]] std::optional<Outcome> wait_for(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [this] { return outcome_.has_value(); });
    return outcome_;
  }

  /// Sets the outcome; later calls do nothing. One that cannot be stored becomes a retry.
  void complete(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    if (!outcome_) outcome_ = as_a_host_takes_it(std::move(outcome));
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Outcome> outcome_;
};

/// The host's side of a task in a test.
class TestWork final : public Task::Work {
 public:
  TestWork(Message message, TestContext& context, std::shared_ptr<Call> call)
      : message_(std::move(message)), context_(context), call_(std::move(call)) {}
  ~TestWork() override { call_->complete(Outcome::retry("the task was dropped without an outcome")); }
  [[nodiscard]] const Message& message() const override { return message_; }
  [[nodiscard]] Context& context() override { return context_; }
  void complete(Outcome outcome) override { call_->complete(std::move(outcome)); }

 private:
  Message message_;
  TestContext& context_;
  std::shared_ptr<Call> call_;
};

/// Starts an AsyncStage with a message and returns at once. `context` must outlive the stage.
inline std::shared_ptr<Call> start(AsyncStage& stage, const Message& message, TestContext& context) {
  auto call = std::make_shared<Call>();
  const Task task(std::make_shared<TestWork>(message, context, call));
  try {
    stage.start(task);
  } catch (const std::exception& error) {
    task.complete(Outcome::retry(error.what()));
  } catch (...) {
    task.complete(Outcome::retry("unknown exception"));
  }
  return call;
}

/// Starts an AsyncStage with a message and waits for the outcome until the context's deadline. Without one, a retry.
/// `context` must outlive the stage, which may still use it after the deadline.
inline Outcome run(AsyncStage& stage, const Message& message, TestContext& context) {
  const auto left = context.deadline() - std::chrono::steady_clock::now();
  auto outcome = start(stage, message, context)->wait_for(std::chrono::ceil<std::chrono::milliseconds>(left));
  return outcome ? *std::move(outcome) : Outcome::retry("no outcome before the deadline");
}

/// A stage created through its plugin's descriptor, behind the C boundary as in a host, with a context of its own.
/// `run` may be called from several threads.
class PluginHarness {
 public:
  using Given = std::pair<std::string, std::string>;

  /// The plugin whose source is compiled into the test: PluginHarness plugin({{"DELAY", "1ms"}}).
  explicit PluginHarness(std::initializer_list<Given> given = {})
      : PluginHarness(esteira_plugin, make_settings(esteira_plugin, {given.begin(), given.end()})) {}

  PluginHarness(const esteira_plugin_descriptor& descriptor, const Settings& settings) {
    if (descriptor.is_async != 0) {
      async_ = std::make_unique<abi::PluginAsyncStage>(descriptor, settings);
    } else {
      blocking_ = std::make_unique<abi::PluginStage>(descriptor, settings);
    }
  }
  ~PluginHarness() { context_.finish(); }
  PluginHarness(const PluginHarness&) = delete;
  PluginHarness& operator=(const PluginHarness&) = delete;

  /// As `run` above, for both kinds of stage. Thread-safe. `context` must outlive this object: an AsyncStage may still
  /// use it after the deadline.
  Outcome run(const Message& message, TestContext& context) {
    return async_ ? testing::run(*async_, message, context) : testing::run(*blocking_, message, context);
  }
  Outcome run(const Message& message) { return run(message, context_); }

  /// As `start` above: begins the work of an AsyncStage and returns at once, so that a test can advance manual timers.
  /// `context` must outlive this object. Throws std::logic_error for a blocking stage.
  std::shared_ptr<Call> start(const Message& message, TestContext& context) {
    if (!async_) throw std::logic_error("only an AsyncStage can be started: call run");
    return testing::start(*async_, message, context);
  }

  /// The context of every `run` without a context argument.
  TestContext& context() { return context_; }

 private:
  TestContext context_;
  std::unique_ptr<Stage> blocking_;
  std::unique_ptr<AsyncStage> async_;
};

}  // namespace esteira::testing
