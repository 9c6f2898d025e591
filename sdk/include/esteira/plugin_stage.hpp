#pragma once
#include <esteira/abi.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <esteira/abi_text.hpp>
#include <esteira/context.hpp>
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <esteira/settings.hpp>
#include <esteira/stage.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The host's side of the C boundary: a plugin's stage as an object of Stage or AsyncStage. Hosts and the test harness
/// use it; plugins do not.
namespace esteira::abi {

/// A message as the boundary shows it. Refers to the texts of the Message.
class MessageView {
 public:
  MessageView() = default;
  explicit MessageView(const Message& message) { assign(message); }
  MessageView(const MessageView&) = delete;
  MessageView& operator=(const MessageView&) = delete;

  void assign(const Message& message) {
    items_.clear();
    items_.reserve(message.items.size());
    for (const auto& item : message.items) {
      const auto& price = item.unit_price;
      items_.push_back({text_of(item.sku), item.qty, price ? price->cents : 0, price ? 1U : 0U, 0});
    }
    data_.clear();
    data_.reserve(message.data.size());
    for (const auto& [stage, json] : message.data) data_.push_back({text_of(stage), text_of(json)});
    view_.struct_size = sizeof(view_);
    view_.order_id = text_of(message.order_id);
    view_.workflow = text_of(message.workflow);
    view_.customer_id = text_of(message.customer_id);
    view_.stage = text_of(message.stage);
    view_.traceparent = text_of(message.traceparent);
    view_.items = items_.data();
    view_.items_count = items_.size();
    view_.item_size = sizeof(esteira_item);
    view_.data = data_.data();
    view_.data_count = data_.size();
    view_.data_size = sizeof(esteira_stage_data);
    view_.total = message.total ? message.total->cents : 0;
    view_.has_total = message.total ? 1 : 0;
    view_.attempt = message.attempt;
    view_.redrive = message.redrive;
  }

  [[nodiscard]] const esteira_message* get() const { return &view_; }

 private:
  std::vector<esteira_item> items_;
  std::vector<esteira_stage_data> data_;
  esteira_message view_{};
};

/// The members that the plugin knows; the others are 0.
inline esteira_outcome known_members(const esteira_outcome& outcome) {
  esteira_outcome known{};
  std::memcpy(&known, &outcome, std::min(outcome.struct_size, sizeof(known)));
  return known;
}

/// The outcome that a plugin gives. A kind that this host does not know is a retry.
inline Outcome outcome_of(const esteira_outcome& given) {
  const auto from = known_members(given);
  switch (from.kind) {
    case ESTEIRA_DONE: {
      auto outcome = Outcome::done(copy(from.data));
      if (from.routing_key.size > 0) outcome.routing_key(copy(from.routing_key));
      if (from.has_total != 0) outcome.total(Money{from.total});
      return outcome;
    }
    case ESTEIRA_FAIL:
      return Outcome::fail(copy(from.reason));
    case ESTEIRA_RETRY:
      if (from.delay >= 0) return Outcome::retry(copy(from.reason), std::chrono::milliseconds(from.delay));
      return Outcome::retry(copy(from.reason));
    case ESTEIRA_SNOOZE:
      return Outcome::snooze(std::chrono::milliseconds(from.delay), copy(from.reason));
    default:
      return Outcome::retry("the plugin gave an outcome of kind " + std::to_string(from.kind) +
                            ", which this host does not know");
  }
}

/// What an esteira_task is in this host.
class HostedTask {
 public:
  HostedTask() = default;
  HostedTask(const HostedTask&) = delete;
  HostedTask& operator=(const HostedTask&) = delete;

  virtual void complete(Outcome outcome) = 0;
  virtual void release() = 0;
  [[nodiscard]] virtual Context& context() const = 0;

  esteira_task* handle() { return reinterpret_cast<esteira_task*>(this); }
  static HostedTask& of(esteira_task* task) { return *reinterpret_cast<HostedTask*>(task); }
  static const HostedTask& of(const esteira_task* task) { return *reinterpret_cast<const HostedTask*>(task); }

 protected:
  ~HostedTask() = default;
};

/// What an esteira_error is in this host.
struct HostedError {
  std::string reason;

  esteira_error* handle() { return reinterpret_cast<esteira_error*>(this); }
  static HostedError& of(esteira_error* error) { return *reinterpret_cast<HostedError*>(error); }
};

/// A timer that a plugin set: runs its task or, when it is destroyed before, drops it.
class HostedTimer {
 public:
  HostedTimer(esteira_timer_run on_due, esteira_timer_drop on_drop, void* state)
      : run_(on_due), drop_(on_drop), state_(state) {}
  ~HostedTimer() {
    if (!has_run_) drop_(state_);
  }
  HostedTimer(const HostedTimer&) = delete;
  HostedTimer& operator=(const HostedTimer&) = delete;

  /// Throws std::runtime_error with the reason when the task failed.
  void run() {
    HostedError error;
    has_run_ = true;
    run_(state_, error.handle());
    if (!error.reason.empty()) throw std::runtime_error(error.reason);
  }

 private:
  const esteira_timer_run run_;
  const esteira_timer_drop drop_;
  void* const state_;
  bool has_run_ = false;
};

/// The functions of esteira_host.
struct HostFunctions {
  static void complete(esteira_task* task, const esteira_outcome* outcome) noexcept {
    HostedTask::of(task).complete(outcome_of(*outcome));
  }
  static void release(esteira_task* task) noexcept { HostedTask::of(task).release(); }
  static std::int64_t deadline(const esteira_task* task) noexcept {
    const auto since_boot = HostedTask::of(task).context().deadline().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since_boot).count();
  }
  static std::int32_t stop_requested(const esteira_task* task) noexcept {
    return HostedTask::of(task).context().stop_requested() ? 1 : 0;
  }
  static void after(esteira_task* task, std::int64_t delay, esteira_timer_run run, esteira_timer_drop drop,
                    void* state) noexcept {
    constexpr std::int64_t kYear = std::int64_t{365} * 24 * 3'600'000;
    auto timer = std::make_shared<HostedTimer>(run, drop, state);
    HostedTask::of(task).context().after(std::chrono::milliseconds(std::clamp<std::int64_t>(delay, 0, kYear)),
                                         [timer = std::move(timer)] { timer->run(); });
  }
  static void log(esteira_task* task, std::int32_t level, esteira_text text, const esteira_log_field* fields,
                  std::size_t count) noexcept {
    const bool is_known = level >= ESTEIRA_LOG_DEBUG && level <= ESTEIRA_LOG_ERROR;
    std::vector<LogField> views;
    views.reserve(count);
    for (std::size_t i = 0; i < count; ++i) views.emplace_back(view(fields[i].name), view(fields[i].value));
    HostedTask::of(task).context().log_fields(is_known ? static_cast<LogLevel>(level) : LogLevel::error, view(text),
                                              views.data(), views.size());
  }
  static void count(esteira_task* task, esteira_text name, double amount) noexcept {
    HostedTask::of(task).context().count(view(name), amount);
  }
  static void observe(esteira_task* task, esteira_text name, double seconds) noexcept {
    HostedTask::of(task).context().observe(view(name), std::chrono::duration<double>(seconds));
  }
  static void fail(esteira_error* error, esteira_text reason) noexcept { HostedError::of(error).reason = view(reason); }
  static std::int32_t cancelled(const esteira_task* task) noexcept {
    return HostedTask::of(task).context().cancelled() ? 1 : 0;
  }
};

inline const esteira_host& host_functions() {
  static constexpr esteira_host kFunctions{
      sizeof(esteira_host),           &HostFunctions::complete, &HostFunctions::release,  &HostFunctions::deadline,
      &HostFunctions::stop_requested, &HostFunctions::after,    &HostFunctions::log,      &HostFunctions::count,
      &HostFunctions::observe,        &HostFunctions::fail,     &HostFunctions::cancelled};
  return kFunctions;
}

/// The values of a plugin's settings as `create` receives them. Lives as long as they are used.
class SettingValues {
 public:
  SettingValues(const esteira_plugin_descriptor& descriptor, const Settings& settings) {
    for (std::size_t i = 0; i < descriptor.settings_count; ++i) {
      const auto& declared = element(descriptor.settings, i, descriptor.setting_size);
      const auto& text = texts_.emplace_back(text_of_value(settings, declared));
      values_.push_back(
          {abi::text_of(declared.key), abi::text_of(text), number_of(settings, declared), declared.type, 0});
    }
  }
  SettingValues(const SettingValues&) = delete;
  SettingValues& operator=(const SettingValues&) = delete;

  [[nodiscard]] esteira_create_request request() const {
    return {sizeof(esteira_create_request), &host_functions(), values_.data(), values_.size(),
            sizeof(esteira_setting_value)};
  }

 private:
  static std::int64_t number_of(const Settings& settings, const esteira_setting& declared) {
    switch (declared.type) {
      case ESTEIRA_SETTING_INTEGER:
        return settings.integer(declared.key);
      case ESTEIRA_SETTING_BOOLEAN:
        return settings.boolean(declared.key) ? 1 : 0;
      case ESTEIRA_SETTING_DURATION:
        return settings.duration(declared.key).count();
      default:
        return 0;
    }
  }

  static std::string text_of_value(const Settings& settings, const esteira_setting& declared) {
    switch (declared.type) {
      case ESTEIRA_SETTING_TEXT:
        return settings.text(declared.key);
      case ESTEIRA_SETTING_LIST:
        return joined(settings.list(declared.key));
      case ESTEIRA_SETTING_BOOLEAN:
        return settings.boolean(declared.key) ? "true" : "false";
      case ESTEIRA_SETTING_DURATION:
        return std::to_string(settings.duration(declared.key).count()) + "ms";
      default:
        return std::to_string(settings.integer(declared.key));
    }
  }

  static std::string joined(const std::vector<std::string>& elements) {
    std::string text;
    for (const auto& element : elements) text.append(text.empty() ? "" : ",").append(element);
    return text;
  }

  std::deque<std::string> texts_;
  std::vector<esteira_setting_value> values_;
};

/// Owns what `create` returned.
class PluginInstance {
 public:
  /// Throws std::runtime_error with the reason when the plugin cannot create its stage.
  PluginInstance(const esteira_plugin_descriptor& descriptor, const Settings& settings) : descriptor_(descriptor) {
    const SettingValues values(descriptor, settings);
    const auto request = values.request();
    HostedError error;
    stage_ = descriptor.create(&request, error.handle());
    if (stage_ == nullptr) throw std::runtime_error(error.reason.empty() ? "it gives no reason" : error.reason);
  }
  ~PluginInstance() { descriptor_.destroy(stage_); }
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  void handle(const MessageView& message, HostedTask& task) const {
    descriptor_.handle(stage_, message.get(), task.handle());
  }

 private:
  const esteira_plugin_descriptor& descriptor_;
  void* stage_ = nullptr;
};

/// The stage of a plugin that is not asynchronous. `descriptor` must outlive it.
class PluginStage final : public Stage {
 public:
  /// Throws std::runtime_error with the reason when the plugin cannot create its stage.
  PluginStage(const esteira_plugin_descriptor& descriptor, const Settings& settings)
      : instance_(descriptor, settings) {}

  Outcome handle(const Message& message, Context& context) override {
    thread_local MessageView view;  // a thread handles one message at a time
    view.assign(message);
    BlockingTask task(context);
    instance_.handle(view, task);
    return task.take_outcome();
  }

 private:
  class BlockingTask final : public HostedTask {
   public:
    explicit BlockingTask(Context& context) : context_(context) {}
    void complete(Outcome outcome) override {
      if (!is_complete_.exchange(true)) outcome_ = std::move(outcome);
    }
    void release() override {}
    [[nodiscard]] Context& context() const override { return context_; }
    Outcome take_outcome() { return std::move(outcome_); }

   private:
    Context& context_;
    std::atomic<bool> is_complete_{false};
    Outcome outcome_ = Outcome::retry("the handler returned without an outcome");
  };

  PluginInstance instance_;
};

/// The stage of an asynchronous plugin. `descriptor` must outlive it.
class PluginAsyncStage final : public AsyncStage {
 public:
  /// Throws std::runtime_error with the reason when the plugin cannot create its stage.
  PluginAsyncStage(const esteira_plugin_descriptor& descriptor, const Settings& settings)
      : instance_(descriptor, settings) {}

  void start(Task task) override {
    auto* const pending = new PendingTask(std::move(task));  // NOLINT: the plugin releases it
    instance_.handle(pending->message(), *pending);
  }

 private:
  class PendingTask final : public HostedTask {
   public:
    explicit PendingTask(Task task) : task_(std::move(task)), message_(task_.message()) {}
    void complete(Outcome outcome) override { task_.complete(std::move(outcome)); }
    void release() override { delete this; }
    [[nodiscard]] Context& context() const override { return task_.context(); }
    [[nodiscard]] const MessageView& message() const { return message_; }

   private:
    const Task task_;
    const MessageView message_;
  };

  PluginInstance instance_;
};

}  // namespace esteira::abi
