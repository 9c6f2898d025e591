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

/// Those of `earlier` that are in `later` as well, unchanged.
Snapshots unchanged(const Snapshots& earlier, const Snapshots& later) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& snapshot : later) seen.emplace(snapshot.order_id, snapshot.updated_at);
  Snapshots both;
  for (const auto& snapshot : earlier) {
    if (seen.contains({snapshot.order_id, snapshot.updated_at})) both.push_back(snapshot);
  }
  return both;
}

class LostMessageSearch {
 public:
  LostMessageSearch(const Installation& installation, runtime::postgres::Session& session, double grace_seconds)
      : installation_(installation),
        session_(session),
        grace_seconds_(grace_seconds),
        messages_(installation, session) {}

  LostMessages run() {
    LostMessages result = search_once();
    for (int round = 1; round < kRounds && result.missing > 0; ++round) {
      runtime::StopFlag().wait_for(kPauseBetweenRounds);
      result = confirm(result, search_once());
    }
    if (result.missing == 0) {
      result.lost.clear();
      result.missing_dead_letter.clear();
    }
    return result;
  }

 private:
  /// What both rounds found.
  static LostMessages confirm(const LostMessages& earlier, LostMessages later) {
    later.lost = unchanged(earlier.lost, later.lost);
    later.missing_dead_letter = unchanged(earlier.missing_dead_letter, later.missing_dead_letter);
    later.unrecorded_dead_letter = unchanged(earlier.unrecorded_dead_letter, later.unrecorded_dead_letter);
    later.missing = std::min({earlier.missing, later.missing, later.lost.size() + later.missing_dead_letter.size()});
    return later;
  }

  LostMessages search_once() {
    LostMessages result;
    result.messages = messages_.count();
    const auto most = result.messages + kMoreThanMessages;
    const auto cutoff = runtime::orders::time_ago(session_, grace_seconds_);
    result.lost = runtime::orders::find_stalled(session_, cutoff, most);
    compare_dead_letters(result, cutoff, most);
    if (result.lost.size() + result.missing_dead_letter.size() > result.messages) {
      result.messages = messages_.count_after_heartbeat();
    }
    result.lost = recheck_unchanged(session_, result.lost);
    result.missing_dead_letter = recheck_unchanged(session_, result.missing_dead_letter);
    const auto candidates = result.lost.size() + result.missing_dead_letter.size();
    result.missing = candidates - std::min(candidates, result.messages);
    result.waiting = candidates - result.missing;
    return result;
  }

  void compare_dead_letters(LostMessages& result, const std::string& cutoff, std::size_t most) {
    if (result.lost.empty() && !runtime::orders::any_unpurged_failure(session_)) return;
    DlqLock lock(installation_.database_url, DlqLock::Mode::exclusive);
    result.dead_letters_read = lock.acquire();
    if (!result.dead_letters_read) return;
    const auto letters = read_dead_letters(installation_, session_);
    result.missing_dead_letter = find_missing_dead_letters(session_, letters, cutoff, most);
    result.unrecorded_dead_letter =
        recheck_unchanged(session_, find_unrecorded_dead_letters(session_, letters, cutoff));
    remove_orders(result.lost, result.unrecorded_dead_letter);
  }

  const Installation& installation_;
  runtime::postgres::Session& session_;
  double grace_seconds_;
  MessageCount messages_;
};

}  // namespace

LostMessages find_lost_messages(const Installation& installation, runtime::postgres::Session& session,
                                double grace_seconds) {
  return LostMessageSearch(installation, session, grace_seconds).run();
}

}  // namespace esteira::cli
