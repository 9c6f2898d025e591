#include "cli/stage/stage_forget.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include "cli/command_line.hpp"
#include "cli/confirm.hpp"
#include "cli/installation.hpp"
#include "runtime/amqp/stage_messages.hpp"
#include "runtime/amqp/topology.hpp"
#include "runtime/orders/operations/dead_letters.hpp"
#include "runtime/orders/workers/stage_registry.hpp"

namespace esteira::cli {
namespace {

namespace amqp = runtime::amqp;
namespace orders = runtime::orders;

struct ForgetOptions {
  std::string stage;
  bool discard = false;
  bool yes = false;
};

/// Removes the queues of a stage from the broker. Throws runtime_error when that would lose something.
class QueueRemoval {
 public:
  QueueRemoval(const Installation& installation, bool discard)
      : installation_(installation), discard_(discard), probe_(installation.broker, "esteira stage") {}

  void remove(const orders::ForgottenStage& stage) {
    check(stage);
    amqp::Connection::Options options;
    options.url = installation_.broker;
    options.name = "esteira stage";
    amqp::Connection connection(options);
    amqp::Channel channel(connection);
    const auto queue = amqp::stage_queue(installation_.exchange, stage.stage);
    // From here on no event arrives: one that no other queue accepts waits at its publisher.
    for (const auto& key : stage.binding_keys) channel.unbind_queue(queue, installation_.exchange, key);
    try {
      discarded_ = check(stage);
    } catch (const std::runtime_error&) {
      for (const auto& key : stage.binding_keys) channel.bind_queue(queue, installation_.exchange, key);
      throw;
    }
    for (const auto delay : stage.retry_delays) {
      channel.delete_queue(amqp::retry_queue(installation_.exchange, stage.stage, delay));
    }
    channel.delete_queue(queue);
    channel.delete_queue(amqp::dead_queue(installation_.exchange, stage.stage));
    channel.close();
    connection.close();
  }

  [[nodiscard]] std::size_t discarded() const { return discarded_; }

 private:
  /// Returns how many messages a removal discards.
  std::size_t check(const orders::ForgottenStage& stage) {
    const auto found = amqp::count_stage_messages(probe_, installation_.exchange, stage.stage, stage.retry_delays);
    if (found.consumers > 0)
      throw std::runtime_error("a consumer has the queue of stage " + stage.stage + ": stop it first");
    if (found.dead > 0) refuse(stage.stage, found.dead, " dead letters", "redrive or purge them first (esteira dlq)");
    const auto waiting = found.ready + found.retrying + stage.scheduled;
    if (waiting > 0 && !discard_) {
      refuse(stage.stage, waiting, stage.scheduled > 0 ? " messages that wait for it" : " messages in its queues",
             "start a host that works on them, or discard them with --discard and then run esteira audit --repair, "
             "which sends every order on that still needed one");
    }
    return waiting;
  }

  static void refuse(const std::string& stage, std::size_t count, const char* what, const char* remedy) {
    throw std::runtime_error(std::string("stage ")
                                 .append(stage)
                                 .append(" has ")
                                 .append(std::to_string(count))
                                 .append(what)
                                 .append(": ")
                                 .append(remedy));
  }

  const Installation& installation_;
  const bool discard_;
  amqp::QueueProbe probe_;
  std::size_t discarded_ = 0;
};

/// A failed order is redriven to the stage at which it failed.
void require_no_dead_letters(runtime::postgres::Session& session, const std::string& stage) {
  using orders::DeadLetterCursor;
  orders::DeadLetterFilter filter;
  filter.stage = stage;
  const auto count = DeadLetterCursor(session, filter, DeadLetterCursor::Source::failed_orders).count() +
                     DeadLetterCursor(session, filter, DeadLetterCursor::Source::kept_messages).count();
  if (count == 0) return;
  throw std::runtime_error("stage " + stage + " has " + std::to_string(count) +
                           " dead letters: redrive or purge them first (esteira dlq redrive --stage " + stage + ")");
}

int forget(const ForgetOptions& options) {
  const auto installation = Installation::from_environment();
  const auto action = "remove stage " + options.stage + " with its queues" + (options.discard ? " and messages" : "");
  if (!options.yes && !confirm(action)) return 1;
  runtime::postgres::Session session(installation.database_url, "esteira stage", orders::prepare_dead_letters);
  installation.require_own_broker(session);
  require_no_dead_letters(session, options.stage);
  QueueRemoval removal(installation, options.discard);
  const bool found = orders::forget_stage(session, installation.exchange, options.stage,
                                          [&](const orders::ForgottenStage& stage) { removal.remove(stage); });
  if (!found) throw std::runtime_error("no stage " + options.stage + " is registered; see: esteira stage list");
  std::printf("stage %s is removed\n", options.stage.c_str());
  if (removal.discarded() > 0) {
    std::printf("%zu messages were discarded; orders that still needed one: esteira audit --repair\n",
                removal.discarded());
  }
  return 0;
}

}  // namespace

void add_stage_forget(CLI::App& stage) {
  const auto options = std::make_shared<ForgetOptions>();
  auto& command =
      add_command(stage, "forget", "Remove a stage that has no host: its queues, bindings and registration.",
                  [options] { return forget(*options); });
  add_argument(command, "NAME", options->stage, "Name of the stage, as stage list shows it.");
  add_flag(command, "--discard", options->discard,
           "Also when messages wait for it, in its queues or scheduled: they are deleted.");
  add_flag(command, "--yes", options->yes, "Do not ask for confirmation; required without a terminal.");
}

}  // namespace esteira::cli
