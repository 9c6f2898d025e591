#pragma once
#include <benchmark/benchmark.h>

#include <cstdint>
#include <esteira/esteira.hpp>
#include <esteira/plugin_stage.hpp>
#include <string>

namespace esteira::bench {

/// The data of the sample stages.
inline constexpr const char* kSampleData = R"({"score":39,"supplier":"simulated"})";

class BlockingSample final : public Stage {
 public:
  Outcome handle(const Message& message, Context& context) override {
    benchmark::DoNotOptimize(message.order_id.data());
    if (context.stop_requested()) return Outcome::retry("the host is stopping");
    return Outcome::done(kSampleData);
  }
};

class AsyncSample final : public AsyncStage {
 public:
  void start(Task task) override {
    benchmark::DoNotOptimize(task.message().order_id.data());
    task.complete(task.context().stop_requested() ? Outcome::retry("the host is stopping")
                                                  : Outcome::done(kSampleData));
  }
};

/// The descriptor of a plugin whose stage is `T`.
template <class T>
esteira_plugin_descriptor sample_descriptor() {
  static constexpr PluginInfo kInfo{"sample", "1.0.0", "order.created"};
  static constexpr abi::SettingArray kSettings = abi::setting_array(kInfo.settings);
  return abi::describe<T>(kInfo, kSettings);
}

inline Message sample_message(std::int64_t items) {
  Message message;
  message.order_id = "1fec340b-0b4a-494b-b11e-d91f9350f34e";
  message.workflow = "default";
  message.customer_id = "123";
  message.stage = "sample";
  message.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  for (std::int64_t i = 0; i < items; ++i) message.items.push_back({"SKU-" + std::to_string(i), 2, Money{1250}});
  return message;
}

}  // namespace esteira::bench
