#pragma once
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/topology.hpp"

namespace esteira::runtime::amqp {

/// Declares exchanges, queues and bindings, and uses what exists already:
/// - An exchange or a queue that exists with other arguments is used as it is.
/// - When the broker user may not configure or bind, what exists is used.
/// Each such difference is reported once, when it is found. Each call opens a channel of its own and closes it,
/// because the broker closes a channel on which it refuses something: the other channel of the connection is not
/// affected, and its deliveries wait meanwhile. Every function throws BrokerError, in one line with the remedy, when
/// something is missing and cannot be declared. Used by one thread.
class TopologyDeclarer {
 public:
  struct Difference {
    std::string subject;  ///< "queue orders.enrich" or "exchange orders"
    std::string reply;    ///< what the broker said
    std::string meaning;  ///< what follows from the difference
    std::string remedy;
  };
  using OnDifference = std::function<void(const Difference& difference)>;

  TopologyDeclarer();  ///< logs a warning for each difference
  explicit TopologyDeclarer(OnDifference on_difference) : on_difference_(std::move(on_difference)) {}

  /// Declares a topic exchange.
  void declare_exchange(Connection& connection, const std::string& exchange);
  /// Declares exchange, queues and bindings of a stage, and then removes the bindings to its obsolete keys: at no
  /// moment is the queue bound to nothing. Returns the obsolete keys to which the queue is not bound any more.
  std::vector<std::string> declare_stage(Connection& connection, const StageTopology& topology);
  /// Reports how an existing queue differs. Declares nothing: false when the queue does not exist.
  bool compare(Connection& connection, const QueueDeclaration& queue);

 private:
  using Action = std::function<void(Channel& channel)>;
  using Names = std::set<std::string>;  ///< grows with the topology only

  void declare_exchange(Channel& channel, const std::string& exchange);
  void declare_queue(Channel& channel, const QueueDeclaration& queue);
  void bind(Channel& channel, const StageTopology& topology, const std::string& key);
  bool unbind(Channel& channel, const StageTopology& topology, const std::string& key);
  void declare_or_use(Channel& channel, const std::string& subject, const Action& declare, const Action& require);
  void use_existing(Channel& channel, const std::string& subject, const std::string& reply, bool is_refused,
                    const Action& require);
  static bool exists(Channel& channel, const Action& require);
  static void on_own_channel(Connection& connection, const Action& action);

  OnDifference on_difference_;
  /// What was found to differ. Declaring it again would close a channel each time, which the broker logs as an error.
  Names differing_;
};

}  // namespace esteira::runtime::amqp
