#include "runtime/orders/workers/stage_pause.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kFindPause = R"(
select reason, to_char(paused_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since
from stage_pauses where exchange = $1 and stage = $2)";

/// The lock keeps the stage from being forgotten meanwhile.
constexpr const char* kLockPausedStage =
    "select from registered_stages where exchange = $1 and stage = $2 for key share";

constexpr const char* kWritePause = R"(
insert into stage_pauses (exchange, stage, reason) values ($1, $2, $3)
on conflict on constraint stage_pauses_pk do update
set reason = case when excluded.reason = '' then stage_pauses.reason else excluded.reason end)";

constexpr const char* kDeletePause = "delete from stage_pauses where exchange = $1 and stage = $2";

}  // namespace

std::optional<StagePause> find_pause(postgres::Session& session, const std::string& exchange,
                                     const std::string& stage) {
  std::optional<StagePause> pause;
  session.read([&](pqxx::transaction_base& work) {
    pause.reset();
    for (const auto& row : work.exec_params(kFindPause, exchange, stage)) {
      pause = StagePause{row["reason"].c_str(), row["since"].c_str()};
    }
  });
  return pause;
}

bool pause_stage(postgres::Session& session, const std::string& exchange, const std::string& stage,
                 const std::string& reason) {
  bool is_registered = false;
  session.transact([&](pqxx::work& work) {
    is_registered = !work.exec_params(kLockPausedStage, exchange, stage).empty();
    if (is_registered) work.exec_params0(kWritePause, exchange, stage, reason);
  });
  return is_registered;
}

ResumeResult resume_stage(postgres::Session& session, const std::string& exchange, const std::string& stage) {
  auto result = ResumeResult::unknown_stage;
  session.transact([&](pqxx::work& work) {
    const bool was_paused = work.exec_params(kDeletePause, exchange, stage).affected_rows() > 0;
    const bool is_registered = was_paused || !work.exec_params(kLockPausedStage, exchange, stage).empty();
    result = was_paused      ? ResumeResult::resumed
             : is_registered ? ResumeResult::was_not_paused
                             : ResumeResult::unknown_stage;
  });
  return result;
}

}  // namespace esteira::runtime::orders
