#pragma once

namespace esteira::runtime {

/// From now on this thread, and those that it starts, take a free core at once when they wake up, but wait their turn
/// when all are busy instead of pushing aside whoever runs (SCHED_BATCH, sched(7)). Meanwhile more gathers for them:
/// the busier the machine, the larger the batches; where there is time to spare nothing changes. A system that does not
/// allow it leaves all as it was.
void use_batch_scheduling();

}  // namespace esteira::runtime
