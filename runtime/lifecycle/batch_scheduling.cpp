#include "runtime/lifecycle/batch_scheduling.hpp"

#include <sched.h>

namespace esteira::runtime {

void use_batch_scheduling() {
  const sched_param no_priority{};
  [[maybe_unused]] const auto result = ::sched_setscheduler(0, SCHED_BATCH, &no_priority);
}

}  // namespace esteira::runtime
