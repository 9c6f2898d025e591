#include "runtime/lifecycle/wake_politely.hpp"

#include <sched.h>

namespace esteira::runtime {

void wake_politely() {
  const sched_param no_priority{};
  [[maybe_unused]] const auto refused = ::sched_setscheduler(0, SCHED_BATCH, &no_priority);
}

}  // namespace esteira::runtime
