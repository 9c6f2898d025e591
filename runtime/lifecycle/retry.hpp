#pragma once
#include <chrono>
#include <exception>
#include <utility>

#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"

namespace esteira::runtime {

/// Calls `work` again and again until it returns without throwing `Error`. Returns true then, and false when `stop` is
/// set first; with `stop` set from the beginning `work` is not called at all.
/// Pauses between calls as `backoff` says; setting `stop` ends a pause. Reports each error, and the end of the trouble,
/// to `outage`. Exceptions of other types go through.
template <class Error = std::exception, class Work>
bool retry_until_done(const StopFlag& stop, Outage& outage, Work&& work,
                      Backoff backoff = {std::chrono::milliseconds(50), std::chrono::milliseconds(2000)}) {
  while (!stop.is_set()) {
    try {
      work();
      outage.recovered();
      return true;
    } catch (const Error& error) {
      outage.failed(error.what());
    }
    stop.wait_for(backoff.next());
  }
  return false;
}

}  // namespace esteira::runtime
