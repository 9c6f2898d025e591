#include "cli/audit/lost_message_search.hpp"

#include <utility>

#include "cli/audit/stage_match.hpp"
#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::cli {
namespace {

constexpr int kRounds = 3;
/// A search reads this many orders more than there are messages: enough to see that some are lost, and to name them.
constexpr std::size_t kMoreThanMessages = 10'000;
constexpr std::chrono::milliseconds kPauseBetweenRounds{500};

class LostMessageSearch {
 public:
  LostMessageSearch(const Installation& installation, runtime::postgres::Session& session,
                    std::chrono::milliseconds grace_period)
      : session_(session),
        grace_period_(grace_period),
        optional_events_(installation.optional_events),
        messages_(installation, session) {}

  LostMessages run() {
    LostMessages result = search_once();
    for (int round = 1; round < kRounds && result.missing_at_least > 0; ++round) {
      runtime::StopFlag().wait_for(kPauseBetweenRounds);
      result = found_in_both(result, search_once());
    }
    if (result.missing_at_least == 0) result.stalled.clear();
    return result;
  }

 private:
  LostMessages search_once() {
    LostMessages result;
    count_messages(result, messages_.count());
    const auto most = result.messages + kMoreThanMessages;
    const auto cutoff = runtime::orders::time_ago(session_, std::chrono::duration<double>(grace_period_).count());
    result.stalled = runtime::orders::find_stalled(session_, cutoff, most, optional_events_);
    auto loads = result.stages;
    if (match_to_stages(result.stalled, loads).missing > 0) count_messages(result, messages_.count_after_heartbeat());
    result.stalled = recheck_unchanged(session_, result.stalled);
    auto match = match_to_stages(result.stalled, result.stages);
    result.missing_at_least = match.missing;
    result.missing_owed = match.missing_owed;
    result.waiting = result.stalled.size() - match.missing;
    result.waiting_elsewhere = result.stalled.size() - match.suspects.size();
    result.stalled = std::move(match.suspects);
    return result;
  }

  static void count_messages(LostMessages& result, std::vector<StageLoad> loads) {
    result.messages = 0;
    for (const auto& load : loads) result.messages += load.messages();
    result.stages = std::move(loads);
  }

  runtime::postgres::Session& session_;
  std::chrono::milliseconds grace_period_;
  const std::vector<std::string>& optional_events_;
  MessageCount messages_;
};

}  // namespace

LostMessages find_lost_messages(const Installation& installation, runtime::postgres::Session& session,
                                std::chrono::milliseconds grace_period) {
  return LostMessageSearch(installation, session, grace_period).run();
}

}  // namespace esteira::cli
