#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "host/stage_options.hpp"
#include "runtime/amqp/message.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/orders/store/scheduled_messages.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Sends the stage's scheduled messages to its queue when they are due, and deletes them after the broker's confirm.
/// All hosts of a stage do so; a message that one of them has locked is left to it. Has a thread and a connection of
/// its own. While the broker is away, the messages stay in PostgreSQL. A crash between confirm and delete sends a
/// message twice. The copy has the same message id, attempt and number of snoozes; of two results that both schedule a
/// message only one is recorded (message_is_superseded in sql/).
class ScheduledSender {
 public:
  using Publish = std::function<void(std::vector<runtime::amqp::Publication> publications)>;
  using IsConnected = std::function<bool()>;
  using BeforeLook = std::function<void(runtime::postgres::Session& session)>;
  /// How often due messages are looked for when `notify` is not called.
  static constexpr std::chrono::milliseconds kPollInterval{1000};

  /// `options` must outlive the object. `publish` does not block; its publications have tokens for which `owns` is
  /// true. `is_connected` tells whether the broker can be reached. `before_look` is called on the thread of this object
  /// with its session, before each look for due messages: it saves another part a thread and a connection.
  ScheduledSender(const std::string& database_url, const StageOptions& options, Publish publish,
                  IsConnected is_connected, BeforeLook before_look);
  ~ScheduledSender();  ///< stops
  ScheduledSender(const ScheduledSender&) = delete;
  ScheduledSender& operator=(const ScheduledSender&) = delete;

  /// The database must have its schema.
  void start();
  /// Waits for the statement that runs. Messages whose confirm is outstanding are sent again by another host.
  void stop();

  /// A message was scheduled: it may be due earlier than those before. Thread-safe, does not wait.
  void notify();
  /// Thread-safe, does not wait.
  void on_confirmed(std::uint64_t token);
  /// Whether a token is of a publication of this class. The tokens of jobs count from 1.
  [[nodiscard]] static bool owns(std::uint64_t token) { return (token & kTokenBit) != 0; }

  /// Why scheduled messages wait for PostgreSQL, or that the first look for them is awaited, in a line. Empty when they
  /// do not wait. Thread-safe.
  [[nodiscard]] std::string unready_reason() const { return outage_.reason(); }

 private:
  static constexpr std::uint64_t kTokenBit = std::uint64_t{1} << 63U;
  using Messages = std::vector<runtime::orders::ScheduledMessage>;
  struct Sent {
    std::uint64_t token = 0;
    bool is_confirmed = false;
  };

  void run();
  std::chrono::milliseconds send_due();
  std::vector<std::size_t> send(const Messages& messages);
  std::vector<runtime::amqp::Publication> add_sent(const Messages& messages);
  std::vector<std::size_t> await_confirms(const Messages& messages);
  [[nodiscard]] runtime::amqp::Publication publication_of(const runtime::orders::ScheduledMessage& message,
                                                          std::uint64_t token) const;
  void forget_deleted(const Messages& due);
  void sleep(std::chrono::milliseconds time);

  const StageOptions& options_;
  const Publish publish_;
  const IsConnected is_connected_;
  const BeforeLook before_look_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"scheduled messages wait for PostgreSQL", "scheduled messages are sent again"};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Sent> sent_;           ///< by ScheduledMessage::key; may not be deleted yet
  std::map<std::uint64_t, std::string> keys_;  ///< of unconfirmed publications, by token
  std::uint64_t last_token_ = kTokenBit;
  bool is_notified_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace esteira::host
