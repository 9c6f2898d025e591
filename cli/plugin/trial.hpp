#pragma once
#include <chrono>
#include <deque>
#include <esteira/message.hpp>
#include <esteira/testing_context.hpp>
#include <string>

#include "runtime/plugin/plugin.hpp"

namespace esteira::cli {

/// What a handler made of one message.
struct TrialResult {
  Outcome outcome;
  std::chrono::duration<double> time;
  const testing::TestContext& context;  ///< the trial owns it
};

/// Runs the handler of a plugin as a host does: its settings come from the environment, an exception or an outcome that
/// cannot be stored is a retry. Results refer to it.
class Trial {
 public:
  struct Options {
    std::string plugin;
    std::string stage;  ///< empty: as the plugin says
    std::chrono::milliseconds timeout = std::chrono::seconds(30);
    bool cancelled = false;  ///< what Context::cancelled says
  };

  /// Throws ConfigError for a plugin that does not fit and for a wrong setting.
  explicit Trial(const Options& options);
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial();

  /// Sets the message's stage, and waits for the outcome.
  TrialResult run(Message message);

  [[nodiscard]] const esteira_plugin_descriptor& descriptor() const { return plugin_.descriptor(); }
  [[nodiscard]] const std::string& stage() const { return stage_; }

 private:
  const std::chrono::milliseconds timeout_;
  const bool cancelled_;
  const runtime::Plugin plugin_;
  const std::string stage_;
  // One for each message. They outlive the stage, which may use them until its destructor has returned.
  std::deque<testing::TestContext> contexts_;
  runtime::StageObject handler_;
};

}  // namespace esteira::cli
