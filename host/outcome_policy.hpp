#pragma once
#include <chrono>
#include <string>

#include "host/job.hpp"
#include "host/stage_options.hpp"

namespace esteira::host {

/// Decides what is written for a handler's outcome: the stage is done, one more attempt follows, the stage looks again
/// later, or the order failed. Only Outcome::fail is a refusal, which has the stage's refused event. Retries that are
/// used up are none. A retry whose delay has no retry queue, and a snooze, get a schedule. A snooze after
/// ESTEIRA_SNOOZE_LIMIT counts as a failed attempt, for which the clock is read. An outcome that cannot be stored
/// counts as a failed attempt: data that is not a JSON object, an invalid routing key or that of cancelled orders, a
/// total that the database cannot hold.
JobResult resolve_outcome(HandlerResult result, const StageOptions& options);

/// The result of a job whose order is to be cancelled before the handler runs. Pure.
JobResult make_cancelled_result(JobPtr job, const StageOptions& options);

/// The result of a job whose handler was kept from starting for too long: its message comes back after `delay`, with
/// the same attempt. With `may_expire` it counts as a snooze of the handler does: after ESTEIRA_SNOOZE_LIMIT it is a
/// failed attempt.
JobResult make_held_result(JobPtr job, const StageOptions& options, std::chrono::milliseconds delay,
                           const std::string& reason, bool may_expire);

/// The result of a job that fails without a refusal of its handler: its order failed with `reason`. Pure.
JobResult make_failed_result(JobPtr job, const StageOptions& options, const std::string& reason);

}  // namespace esteira::host
