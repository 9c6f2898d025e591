#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace esteira::cli {

/// A stage as a holder of messages.
struct StageLoad {
  std::string stage;
  bool is_known = true;    ///< false: which events it consumes is not registered
  bool is_staffed = true;  ///< a host runs, or a consumer has the queue
  std::vector<std::string> binding_keys;
  std::vector<std::string> removed_keys;  ///< keys that its queue was bound to before
  std::size_t queued = 0;                 ///< ready in its queue and its retry queues
  std::size_t in_flight = 0;              ///< in its hosts
  std::size_t waiting = 0;                ///< stalled orders that may own these messages

  [[nodiscard]] std::size_t messages() const { return queued + in_flight; }
  /// Messages wait in it, and nobody works on them.
  [[nodiscard]] bool is_abandoned() const { return !is_staffed && queued > 0; }
};

}  // namespace esteira::cli
