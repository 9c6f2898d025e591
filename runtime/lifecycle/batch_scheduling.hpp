#pragma once

namespace esteira::runtime {

/// Gives the calling thread, and the threads it starts from now on, the scheduling policy SCHED_BATCH (sched(7)): a
/// waking thread does not preempt a running one. On a busy machine it wakes later and finds more work in its queue, so
/// batches grow with the load. On an idle machine it starts at once, as before. Does nothing when the system refuses.
void use_batch_scheduling();

}  // namespace esteira::runtime
