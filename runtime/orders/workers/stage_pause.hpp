#pragma once
#include <optional>
#include <string>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// A stage that an operator has paused: its hosts start no handler.
struct StagePause {
  std::string reason;  ///< valid UTF-8; may be empty
  std::string since;   ///< UTC, as in 2026-11-29T00:10:00Z
};

// The functions below need no prepared statement and throw Unavailable. A repetition is safe.

/// Nothing: the stage is not paused.
std::optional<StagePause> find_pause(postgres::Session& session, const std::string& exchange, const std::string& stage);

/// Pauses a stage, or gives a paused one another reason unless `reason` is empty. Returns false when it is not
/// registered.
bool pause_stage(postgres::Session& session, const std::string& exchange, const std::string& stage,
                 const std::string& reason);

enum class ResumeResult { resumed, was_not_paused, unknown_stage };
ResumeResult resume_stage(postgres::Session& session, const std::string& exchange, const std::string& stage);

}  // namespace esteira::runtime::orders
