#pragma once
#include <string>

#include "host/job.hpp"
#include "host/stage_options.hpp"

namespace esteira::host {

/// What a handler's outcome comes to for this stage: done, one more attempt, or failed. Pure.
/// An outcome that cannot be kept (data that is not a JSON object, a routing key that is none, a total beyond the
/// database's) counts as a failed attempt.
JobResult resolve_outcome(HandlerResult result, const StageOptions& options);

/// The result over a message that came back from the broker too often.
JobResult make_failed_result(JobPtr job, const StageOptions& options, const std::string& reason);

}  // namespace esteira::host
