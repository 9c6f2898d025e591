#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/installation.hpp"

namespace esteira::cli {

/// The dead-letter queue of a stage.
struct DeadQueue {
  std::string stage;
  std::string name;
  std::size_t ready = 0;  ///< its messages, when it was looked at
};

/// The dead-letter queues that exist, or only that of `stage`. It counts messages and reads none. Throws UsageError
/// when neither the broker nor the database knows `stage`, BrokerError when the broker cannot be asked, and
/// Unavailable.
std::vector<DeadQueue> find_dead_queues(const Installation& installation, runtime::postgres::Session& session,
                                        const std::optional<std::string>& stage);

/// The number of messages in these queues.
std::size_t count_messages(const std::vector<DeadQueue>& queues);

}  // namespace esteira::cli
