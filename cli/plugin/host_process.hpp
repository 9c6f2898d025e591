#pragma once
#include <sys/types.h>

namespace esteira::cli {

/// An esteira-host as a child of this process, in a process group of its own: a Ctrl-C in the terminal reaches only
/// this process, which then stops the host once. The host also stops when this process ends in any other way. SIGCHLD
/// must be blocked.
class HostProcess {
 public:
  /// Starts the esteira-host beside this program, with the environment of this process. Throws std::runtime_error.
  HostProcess();
  ~HostProcess() { stop(); }
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;

  /// Whether the host has ended by itself. Does not wait.
  bool has_ended();
  /// Asks a running host to stop, and waits: the host bounds its own stop by ESTEIRA_SHUTDOWN_TIMEOUT.
  void stop();

 private:
  pid_t pid_ = 0;  ///< 0 when it has ended
};

}  // namespace esteira::cli
