#pragma once
#include <string>

#include "host/job.hpp"
#include "host/stage_options.hpp"

namespace esteira::host {

/// Decides what is written for a handler's outcome: the stage is done, one more attempt follows, or the order failed.
/// An outcome that cannot be stored counts as a failed attempt: data that is not a JSON object, an invalid routing key,
/// a total that the database cannot hold. Pure.
JobResult resolve_outcome(HandlerResult result, const StageOptions& options);

/// The result of a job that fails without an outcome of its handler: its order failed with `reason`. Pure.
JobResult make_failed_result(JobPtr job, const StageOptions& options, const std::string& reason);

}  // namespace esteira::host
