#include "runtime/lifecycle/shutdown_signals.hpp"

#include <csignal>
#include <cstdlib>
#include <thread>

namespace esteira::runtime {

namespace {

sigset_t shutdown_set() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

int next_shutdown_signal() {
  const auto signals = shutdown_set();
  int number = 0;
  while (sigwait(&signals, &number) != 0) {
  }
  return number;
}

}  // namespace

ShutdownSignals::ShutdownSignals() {
  const auto signals = shutdown_set();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int ShutdownSignals::wait() {
  const int number = next_shutdown_signal();
  std::thread([] { std::_Exit(128 + next_shutdown_signal()); }).detach();
  return number;
}

}  // namespace esteira::runtime
