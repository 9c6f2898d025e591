#include "runtime/amqp/topology_declarer.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr std::uint16_t kDeclarationChannel = 2;
constexpr int kAccessRefused = 403;
constexpr int kNoSuchEntity = 404;
constexpr int kPreconditionFailed = 406;

constexpr auto kReplaceQueue = "to change it, stop the stage's hosts, drain and delete the queue, and start them";
constexpr auto kGrantConfigure = "to have it declared, grant the user 'configure' (rabbitmqctl set_permissions)";
constexpr auto kGrantUnbind =
    "to have it removed, grant the user 'write' on the queue and 'read' on the exchange, or remove it by hand";
constexpr auto kGrantBind = "to have it declared, grant the user 'write' on the queue and 'read' on the exchange";

struct ArgumentMeaning {
  std::string_view argument;
  const char* meaning;
};

/// What another value of an argument means to an operator.
constexpr std::array kMeanings{
    ArgumentMeaning{"'x-delivery-limit'",
                    "RabbitMQ dead-letters a message after its own number of deliveries, lost connections included"},
    ArgumentMeaning{"'x-message-ttl'", "a retry waits for the time of the queue, not for the delay of the setting"},
    ArgumentMeaning{"'x-overflow'", "a length limit drops messages instead of refusing them"},
    ArgumentMeaning{"'x-dead-letter-strategy'", "a message can be lost on its way to the next queue"},
    ArgumentMeaning{"'x-dead-letter", "messages leave the queue for another one"},
    ArgumentMeaning{"'x-queue-type'", "messages can be lost when a node of the broker fails"},
    ArgumentMeaning{"'durable'", "messages are lost when the broker restarts"},
};

const char* meaning_of(std::string_view reply) {
  for (const auto& [argument, meaning] : kMeanings) {
    if (reply.find(argument) != std::string_view::npos) return meaning;
  }
  return "it behaves as it was declared, not as this version declares it";
}

void log_difference(const TopologyDeclarer::Difference& difference) {
  log::warn(difference.subject + " is used as it exists",
            {{"difference", difference.reply}, {"meaning", difference.meaning}, {"remedy", difference.remedy}});
}

void close_after_refusal(Channel& channel) {
  try {
    channel.reopen();
    channel.close();
  } catch (const BrokerError&) {
    // The connection is lost as well, and its user will notice. The refusal is the more useful error.
  }
}

}  // namespace

TopologyDeclarer::TopologyDeclarer() : on_difference_(log_difference) {}

/// After a refusal the channel is closed in the way of AMQP, so that its number can be used again. An error with a
/// reply code leaves the channel as the broker closed it.
void TopologyDeclarer::on_own_channel(Connection& connection, const Action& action) {
  Channel channel(connection, kDeclarationChannel);
  try {
    action(channel);
  } catch (const BrokerError& error) {
    if (error.reply_code() != 0) close_after_refusal(channel);
    throw;
  }
  channel.close();
}

/// False when the broker does not have it: then the channel is open again.
bool TopologyDeclarer::exists(Channel& channel, const Action& require) {
  try {
    require(channel);
    return true;
  } catch (const BrokerError& error) {
    if (error.reply_code() != kNoSuchEntity) throw;
    channel.reopen();
    return false;
  }
}

void TopologyDeclarer::declare_or_use(Channel& channel, const std::string& subject, const Action& declare,
                                      const Action& require) {
  if (differing_.contains(subject) && exists(channel, require)) return;
  differing_.erase(subject);
  try {
    declare(channel);
  } catch (const BrokerError& error) {
    const bool is_refused = error.reply_code() == kAccessRefused;
    if (!is_refused && error.reply_code() != kPreconditionFailed) throw;
    use_existing(channel, subject, error.what(), is_refused, require);
  }
}

void TopologyDeclarer::use_existing(Channel& channel, const std::string& subject, const std::string& reply,
                                    bool is_refused, const Action& require) {
  // An exchange of another type would route events elsewhere.
  if (reply.find("inequivalent arg 'type'") != std::string::npos) {
    throw BrokerError(
        subject + " exists with another type; delete it, or set ESTEIRA_EXCHANGE to another name (" + reply + ")",
        kPreconditionFailed);
  }
  channel.reopen();
  try {
    require(channel);
  } catch (const BrokerError& error) {
    if (error.reply_code() != kNoSuchEntity) throw;
    throw BrokerError(subject + " does not exist, and the broker user may not declare it; " + kGrantConfigure +
                          ", or declare it by hand",
                      kNoSuchEntity);
  }
  differing_.insert(subject);
  on_difference_(
      {subject, reply,
       is_refused ? "the broker user may not configure it, so its arguments are not checked" : meaning_of(reply),
       is_refused ? kGrantConfigure : kReplaceQueue});
}

void TopologyDeclarer::declare_exchange(Channel& channel, const std::string& exchange) {
  declare_or_use(
      channel, "exchange " + exchange, [&](Channel& open) { open.declare_exchange(exchange); },
      [&](Channel& open) { open.require_exchange(exchange); });
}

void TopologyDeclarer::declare_queue(Channel& channel, const QueueDeclaration& queue) {
  declare_or_use(
      channel, "queue " + queue.name, [&](Channel& open) { open.declare_queue(queue.name, queue.arguments); },
      [&](Channel& open) { static_cast<void>(open.ready_count(queue.name)); });
}

/// Whether the binding exists cannot be asked. Without the right to bind it is taken for granted.
void TopologyDeclarer::bind(Channel& channel, const StageTopology& topology, const std::string& key) {
  const auto queue = stage_queue(topology.exchange, topology.stage);
  const auto subject = "the binding of queue " + queue + " to " + key;
  if (differing_.contains(subject)) return;
  try {
    channel.bind_queue(queue, topology.exchange, key);
  } catch (const BrokerError& error) {
    if (error.reply_code() != kAccessRefused) throw;
    channel.reopen();
    differing_.insert(subject);
    on_difference_(
        {subject, error.what(), "the queue gets only what it is bound to already; the stage needs " + key, kGrantBind});
  }
}

/// False when the broker user may not unbind.
bool TopologyDeclarer::unbind(Channel& channel, const StageTopology& topology, const std::string& key) {
  const auto queue = stage_queue(topology.exchange, topology.stage);
  const auto subject = "the former binding of queue " + queue + " to " + key;
  if (differing_.contains(subject)) return false;
  try {
    channel.unbind_queue(queue, topology.exchange, key);
    return true;
  } catch (const BrokerError& error) {
    if (error.reply_code() != kAccessRefused) throw;
    channel.reopen();
    differing_.insert(subject);
    on_difference_(
        {subject, error.what(), "the stage still gets orders that are not meant for it any more", kGrantUnbind});
    return false;
  }
}

void TopologyDeclarer::declare_exchange(Connection& connection, const std::string& exchange) {
  on_own_channel(connection, [&](Channel& channel) { declare_exchange(channel, exchange); });
}

std::vector<std::string> TopologyDeclarer::declare_stage(Connection& connection, const StageTopology& topology) {
  std::vector<std::string> unbound;
  on_own_channel(connection, [&](Channel& channel) {
    declare_exchange(channel, topology.exchange);
    for (const auto& queue : stage_queues(topology)) declare_queue(channel, queue);
    for (const auto& key : topology.consumes) bind(channel, topology, key);
    std::ranges::copy_if(topology.obsolete_keys, std::back_inserter(unbound),
                         [&](const std::string& key) { return unbind(channel, topology, key); });
  });
  return unbound;
}

bool TopologyDeclarer::compare(Connection& connection, const QueueDeclaration& queue) {
  bool found = false;
  on_own_channel(connection, [&](Channel& channel) {
    found = exists(channel, [&](Channel& open) { static_cast<void>(open.ready_count(queue.name)); });
    if (found) declare_queue(channel, queue);
  });
  return found;
}

}  // namespace esteira::runtime::amqp
