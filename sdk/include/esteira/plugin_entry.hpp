#pragma once
#include <esteira/abi.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <esteira/abi_text.hpp>
#include <esteira/context.hpp>
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <esteira/setting_value.hpp>
#include <esteira/settings.hpp>
#include <esteira/stage.hpp>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// The plugin's side of the C boundary: the functions of the descriptor, made from a class that derives from Stage or
/// AsyncStage. It is compiled into the plugin; authors do not use it directly.
namespace esteira::abi {

inline std::optional<Money> money_of(bool is_known, std::int64_t cents) {
  return is_known ? std::optional<Money>(Money{cents}) : std::nullopt;
}

inline void read_items(const esteira_message& from, std::vector<Item>& items) {
  items.resize(from.items_count);
  for (std::size_t i = 0; i < from.items_count; ++i) {
    const auto& item = element(from.items, i, from.item_size);
    items[i].sku = view(item.sku);
    items[i].qty = item.quantity;
    items[i].unit_price = money_of(item.has_unit_price != 0, item.unit_price);
  }
}

inline void read_data(const esteira_message& from, std::map<std::string, std::string, std::less<>>& data) {
  auto next = data.begin();
  for (std::size_t i = 0; i < from.data_count; ++i) {
    const auto& given = element(from.data, i, from.data_size);
    const auto stage = view(given.stage);
    while (next != data.end() && next->first < stage) next = data.erase(next);
    if (next == data.end() || next->first != stage) next = data.emplace_hint(next, stage, std::string());
    next->second = view(given.json);
    ++next;
  }
  data.erase(next, data.end());
}

/// Copies the boundary's message. Uses the memory that `message` has, so that a thread that reuses it allocates
/// nothing.
inline void read_message(const esteira_message& from, Message& message) {
  message.order_id = view(from.order_id);
  message.workflow = view(from.workflow);
  message.customer_id = view(from.customer_id);
  read_items(from, message.items);
  message.total = money_of(from.has_total != 0, from.total);
  read_data(from, message.data);
  message.stage = view(from.stage);
  message.attempt = from.attempt;
  message.redrive = from.redrive;
  message.traceparent = view(from.traceparent);
}

inline Message message_of(const esteira_message& from) {
  Message message;
  read_message(from, message);
  return message;
}

/// Refers to the texts of `from`.
inline esteira_outcome outcome_view(const Outcome& from) {
  esteira_outcome outcome{};
  outcome.struct_size = sizeof(outcome);
  outcome.kind = static_cast<std::int32_t>(from.kind());
  outcome.has_total = from.total() ? 1 : 0;
  outcome.total = from.total() ? from.total()->cents : 0;
  outcome.delay = from.delay() ? std::max<std::int64_t>(from.delay()->count(), 0) : -1;
  outcome.data = text_of(from.data());
  outcome.routing_key = text_of(from.routing_key());
  outcome.reason = text_of(from.reason());
  return outcome;
}

/// Calls `function` and returns the text of its exception; nothing when it threw none.
template <class Function>
std::optional<std::string> exception_of(Function&& function) noexcept {
  try {
    std::forward<Function>(function)();
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is not a std::exception";
  }
}

/// Calls `function`; an exception of it becomes the error of the call.
template <class Function>
void report_exception(const esteira_host& host, esteira_error* error, Function&& function) noexcept {
  if (const auto problem = exception_of(std::forward<Function>(function))) host.fail(error, text_of(*problem));
}

/// Calls the host for one task.
class HostContext final : public Context {
 public:
  HostContext(const esteira_host& host, esteira_task* task) : host_(host), task_(task) {}

  void log_fields(LogLevel level, std::string_view text, const LogField* fields, std::size_t count) override {
    std::vector<esteira_log_field> views;
    views.reserve(count);
    for (std::size_t i = 0; i < count; ++i) views.push_back({text_of(fields[i].first), text_of(fields[i].second)});
    host_.log(task_, static_cast<std::int32_t>(level), text_of(text), views.data(), views.size());
  }
  void count(std::string_view name, double amount) override { host_.count(task_, text_of(name), amount); }
  void observe(std::string_view name, std::chrono::duration<double> duration) override {
    host_.observe(task_, text_of(name), duration.count());
  }
  /// The steady clock of libstdc++ and libc++ is CLOCK_MONOTONIC.
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const override {
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(host_.deadline(task_)));
  }
  [[nodiscard]] bool stop_requested() const override { return host_.stop_requested(task_) != 0; }
  [[nodiscard]] bool cancelled() const override {
    return ESTEIRA_HAS(&host_, cancelled) && host_.cancelled(task_) != 0;
  }

  void after(std::chrono::milliseconds delay, std::function<void()> task) override {
    auto state = std::make_unique<Timer>(Timer{host_, std::move(task)});
    host_.after(task_, delay.count(), &Timer::run, &Timer::drop, state.release());
  }

  void complete(const Outcome& outcome) {
    const auto view = outcome_view(outcome);
    host_.complete(task_, &view);
  }
  void release() { host_.release(task_); }

 private:
  struct Timer {
    const esteira_host& host;
    std::function<void()> task;

    static void run(void* state, esteira_error* error) noexcept {
      const std::unique_ptr<Timer> timer(static_cast<Timer*>(state));
      report_exception(timer->host, error, timer->task);
    }
    static void drop(void* state) noexcept { delete static_cast<Timer*>(state); }
  };

  const esteira_host& host_;
  esteira_task* task_;
};

/// A task of an asynchronous stage. The host's task is released with the last copy of the C++ one.
class HostTask final : public Task::Work {
 public:
  HostTask(const esteira_host& host, const esteira_message& message, esteira_task* task)
      : message_(message_of(message)), context_(host, task) {}
  ~HostTask() override { context_.release(); }
  [[nodiscard]] const Message& message() const override { return message_; }
  [[nodiscard]] Context& context() override { return context_; }
  void complete(Outcome outcome) override { context_.complete(outcome); }

 private:
  const Message message_;
  HostContext context_;
};

inline Settings settings_of(const esteira_create_request& request) {
  std::map<std::string, Settings::Value, std::less<>> values;
  for (std::size_t i = 0; i < request.settings_count; ++i) {
    const auto& setting = element(request.settings, i, request.setting_size);
    auto value = read_setting(static_cast<SettingType>(setting.type), view(setting.text));
    if (!value) throw std::logic_error("the host gives an invalid value for " + copy(setting.key));
    values.emplace(view(setting.key), *std::move(value));
  }
  return Settings(std::move(values));
}

/// The functions of a descriptor for the class T. A class without a constructor from Settings is default-constructed.
template <class T>
class Entry {
 public:
  static constexpr bool kIsAsync = std::is_base_of_v<AsyncStage, T>;
  static_assert(kIsAsync != std::is_base_of_v<Stage, T>,
                "a plugin's class must derive from either Stage or AsyncStage");

  static void* create(const esteira_create_request* request, esteira_error* error) noexcept {
    void* entry = nullptr;
    report_exception(*request->host, error, [&] {
      entry = new Entry(*request->host, settings_of(*request));  // NOLINT: report_exception catches bad_alloc
    });
    return entry;
  }

  static void handle(void* entry, const esteira_message* message, esteira_task* task) noexcept {
    auto& self = *static_cast<Entry*>(entry);
    if constexpr (kIsAsync) {
      self.start(*message, task);
    } else {
      HostContext context(self.host_, task);
      context.complete(self.outcome_of(*message, context));
    }
  }

  static void destroy(void* entry) noexcept { delete static_cast<Entry*>(entry); }

 private:
  Entry(const esteira_host& host, const Settings& settings) : host_(host), stage_(make_stage(settings)) {}

  // The returned object is the member: T is neither copied nor moved.
  static T make_stage([[maybe_unused]] const Settings& settings) {
    if constexpr (std::is_constructible_v<T, const Settings&>) {
      return T(settings);
    } else {
      return T();
    }
  }

  Outcome outcome_of(const esteira_message& from, HostContext& context) noexcept {
    thread_local Message message;  // a thread handles one message at a time
    auto outcome = Outcome::done();
    const auto problem = exception_of([&] {
      read_message(from, message);
      outcome = stage_.handle(message, context);
    });
    return problem ? Outcome::retry("the handler threw: " + *problem) : std::move(outcome);
  }

  void start(const esteira_message& message, esteira_task* task) noexcept {
    const Task cpp_task(std::make_shared<HostTask>(host_, message, task));
    const auto problem = exception_of([&] { stage_.start(cpp_task); });
    if (problem) cpp_task.complete(Outcome::retry("the handler threw: " + *problem));
  }

  const esteira_host& host_;
  T stage_;
};

}  // namespace esteira::abi
