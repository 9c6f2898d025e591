#include "runtime/lifecycle/exit_deadline.hpp"

#include <cstdlib>
#include <thread>
#include <utility>

namespace esteira::runtime {

namespace {

/// For what follows when the waits have ended: closing connections and the log's last lines.
constexpr std::chrono::seconds kExitGrace{1};

}  // namespace

void end_process_after(std::chrono::milliseconds timeout, std::function<void()> give_up, std::function<void()> report) {
  std::thread([timeout, give_up = std::move(give_up), report = std::move(report)] {
    std::this_thread::sleep_for(timeout);
    give_up();
    std::this_thread::sleep_for(kExitGrace);
    report();
    std::_Exit(EXIT_SUCCESS);
  }).detach();
}

}  // namespace esteira::runtime
