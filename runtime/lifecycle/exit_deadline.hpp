#pragma once
#include <chrono>
#include <functional>

namespace esteira::runtime {

/// Lets a stop end in time, whatever it waits for. After `timeout` a thread calls `give_up`, which ends the waits that
/// can be ended; one second later it calls `report` and ends the process with exit code 0, without destructors. Call it
/// once, when the stop begins. The thread lasts until the process ends, so that it covers destructors as well.
void end_process_after(std::chrono::milliseconds timeout, std::function<void()> give_up, std::function<void()> report);

}  // namespace esteira::runtime
