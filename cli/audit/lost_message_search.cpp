#include "cli/audit/lost_message_search.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "cli/dlq/dead_letter_reader.hpp"
#include "cli/dlq/dlq_lock.hpp"
#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::cli {
namespace {

using runtime::orders::DeadLetter;
using runtime::orders::OrderSnapshot;
using Snapshots = std::vector<OrderSnapshot>;

constexpr int kRounds = 3;
/// A search reads this many orders more than there are messages: enough to see that some are lost, and to name them.
constexpr std::size_t kMoreThanMessages = 10'000;
constexpr std::chrono::milliseconds kPauseBetweenRounds{500};

/// All dead letters of orders, without their bodies.
std::vector<DeadLetter> read_dead_letters(const Installation& installation, runtime::postgres::Session& session) {
  std::vector<DeadLetter> letters;
  DeadLetterReader reader(installation, session, {});
  while (auto message = reader.next()) {
    if (!message->fault.empty()) continue;
    DeadLetter letter;
    letter.order_id = std::move(message->letter.order_id);
    letter.stage = std::move(message->letter.stage);
    letter.redrive = message->letter.redrive;
    letters.push_back(std::move(letter));
  }
  return letters;
}

void remove_orders(Snapshots& from, const Snapshots& others) {
  std::set<std::string> ids;
  for (const auto& other : others) ids.insert(other.order_id);
  std::erase_if(from, [&ids](const OrderSnapshot& snapshot) { return ids.contains(snapshot.order_id); });
}

class LostMessageSearch {
 public:
  LostMessageSearch(const Installation& installation, runtime::postgres::Session& session,
                    std::chrono::milliseconds grace_period)
      : installation_(installation), session_(session), grace_period_(grace_period), messages_(installation, session) {}

  LostMessages run() {
    LostMessages result = search_once();
    for (int round = 1; round < kRounds && result.missing_at_least > 0; ++round) {
      runtime::StopFlag().wait_for(kPauseBetweenRounds);
      result = found_in_both(result, search_once());
    }
    if (result.missing_at_least == 0) {
      result.stalled.clear();
      result.missing_dead_letter.clear();
    }
    return result;
  }

 private:
  LostMessages search_once() {
    LostMessages result;
    result.messages = messages_.count();
    const auto most = result.messages + kMoreThanMessages;
    const auto cutoff = runtime::orders::time_ago(session_, std::chrono::duration<double>(grace_period_).count());
    result.stalled = runtime::orders::find_stalled(session_, cutoff, most);
    compare_dead_letters(result, cutoff, most);
    if (count_candidates(result) > result.messages) {
      result.messages = messages_.count_after_heartbeat();
    }
    result.stalled = recheck_unchanged(session_, result.stalled);
    result.missing_dead_letter = recheck_unchanged(session_, result.missing_dead_letter);
    const auto candidates = count_candidates(result);
    result.waiting = std::min(candidates, result.messages);
    result.missing_at_least = candidates - result.waiting;
    return result;
  }

  void compare_dead_letters(LostMessages& result, const std::string& cutoff, std::size_t most) {
    if (result.stalled.empty() && !runtime::orders::any_unpurged_failure(session_)) return;
    DlqLock lock(installation_.database_url, DlqLock::Mode::exclusive);
    result.dead_letters_read = lock.acquire();
    if (!result.dead_letters_read) return;
    const auto letters = read_dead_letters(installation_, session_);
    result.missing_dead_letter = find_missing_dead_letters(session_, letters, cutoff, most);
    result.unrecorded_dead_letter =
        recheck_unchanged(session_, find_unrecorded_dead_letters(session_, letters, cutoff));
    remove_orders(result.stalled, result.unrecorded_dead_letter);
  }

  const Installation& installation_;
  runtime::postgres::Session& session_;
  std::chrono::milliseconds grace_period_;
  MessageCount messages_;
};

}  // namespace

LostMessages find_lost_messages(const Installation& installation, runtime::postgres::Session& session,
                                std::chrono::milliseconds grace_period) {
  return LostMessageSearch(installation, session, grace_period).run();
}

}  // namespace esteira::cli
