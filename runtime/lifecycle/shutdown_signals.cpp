#include "runtime/lifecycle/shutdown_signals.hpp"

#include <csignal>
#include <cstdlib>
#include <thread>

namespace esteira::runtime {

namespace {

bool is_shutdown_signal(int number) { return number == SIGTERM || number == SIGINT; }

/// SIGTERM and SIGINT, and the signals whose default action would end the process without a message.
sigset_t awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR}) {
    sigaddset(&signals, number);
  }
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) sigaddset(&signals, number);
  return signals;
}

int next_signal() {
  const auto signals = awaited_signals();
  int number = 0;
  while (sigwait(&signals, &number) != 0) {
  }
  return number;
}

void end_at_second_signal() {
  while (true) {
    if (const int number = next_signal(); is_shutdown_signal(number)) std::_Exit(128 + number);
  }
}

}  // namespace

ShutdownSignals::ShutdownSignals() {
  const auto signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int ShutdownSignals::wait(const std::function<void(int number)>& on_ignored) {
  int number = next_signal();
  for (; !is_shutdown_signal(number); number = next_signal()) on_ignored(number);
  std::thread(end_at_second_signal).detach();
  return number;
}

}  // namespace esteira::runtime
