#include "cli/doctor_rights.hpp"

#include <functional>
#include <utility>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/topology.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::cli {
namespace {

namespace amqp = runtime::amqp;

constexpr int kAccessRefused = 403;
constexpr int kNoSuchEntity = 404;

/// Asks for rights one after the other, and collects those that are missing.
class RightsCheck {
 public:
  explicit RightsCheck(amqp::Channel& channel) : channel_(channel) {}

  /// `ask` throws when the right is missing. What does not exist needs no right yet.
  void add(const std::string& right, const std::function<void(amqp::Channel&)>& ask) {
    try {
      ask(channel_);
    } catch (const amqp::BrokerError& error) {
      if (error.reply_code() != kAccessRefused && error.reply_code() != kNoSuchEntity) throw;
      channel_.reopen();
      if (error.reply_code() == kAccessRefused) missing_.append(missing_.empty() ? "" : ", ").append(right);
    }
  }
  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  amqp::Channel& channel_;
  std::string missing_;
};

}  // namespace

std::string find_missing_broker_rights(const Installation& installation) {
  runtime::postgres::Session session(installation.database_url, "esteira-doctor");
  amqp::Connection::Options options;
  options.url = installation.broker;
  options.name = "esteira-doctor";
  amqp::Connection connection(options);
  amqp::Channel channel(connection);
  RightsCheck check(channel);
  check.add("write to exchange " + installation.exchange,
            [&](amqp::Channel& open) { open.require_write(installation.exchange); });
  check.add("write to exchange amq.default (retries and dead letters)",
            [](amqp::Channel& open) { open.require_write(""); });
  for (const auto& [stage, delays] : installation.stages(session)) {
    const auto queue = amqp::stage_queue(installation.exchange, stage);
    check.add("read queue " + queue, [&queue](amqp::Channel& open) { open.require_read(queue); });
  }
  channel.close();
  connection.close();
  return check.missing().empty()
             ? ""
             : std::string("the user ").append(installation.broker.user).append(" may not ").append(check.missing());
}

}  // namespace esteira::cli
