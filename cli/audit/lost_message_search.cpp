#include "cli/audit/lost_message_search.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "cli/dlq/dead_letters.hpp"
#include "cli/dlq/dlq_lock.hpp"
#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::cli {
namespace {

using runtime::orders::DeadLetter;
using runtime::orders::OrderSnapshot;
using Sightings = std::vector<OrderSnapshot>;

constexpr int kRounds = 3;
/// Candidates beyond the messages that are there: enough to tell that some are lost, and to name them.
constexpr std::size_t kMoreThanMessages = 10'000;
constexpr std::chrono::milliseconds kPauseBetweenRounds{500};

/// All dead letters of orders, without their bodies.
std::vector<DeadLetter> read_letters(const Installation& installation, runtime::postgres::Session& session) {
  std::vector<DeadLetter> letters;
  DeadLetters dead_letters(installation, session, {});
  while (auto dead = dead_letters.next()) {
    if (!dead->fault.empty()) continue;
    DeadLetter letter;
    letter.order_id = std::move(dead->letter.order_id);
    letter.stage = std::move(dead->letter.stage);
    letter.redrive = dead->letter.redrive;
    letters.push_back(std::move(letter));
  }
  return letters;
}

void remove_sightings(Sightings& from, const Sightings& others) {
  std::set<std::string> ids;
  for (const auto& other : others) ids.insert(other.order_id);
  std::erase_if(from, [&ids](const OrderSnapshot& sighting) { return ids.contains(sighting.order_id); });
}

/// Those of `earlier` that are in `later` as well, unchanged.
Sightings common(const Sightings& earlier, const Sightings& later) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& sighting : later) seen.emplace(sighting.order_id, sighting.updated_at);
  Sightings both;
  for (const auto& sighting : earlier) {
    if (seen.contains({sighting.order_id, sighting.updated_at})) both.push_back(sighting);
  }
  return both;
}

class LostMessageSearch {
 public:
  LostMessageSearch(const Installation& installation, runtime::postgres::Session& session, double settle_seconds)
      : installation_(installation),
        session_(session),
        settle_seconds_(settle_seconds),
        messages_(installation, session) {}

  LostMessages run() {
    LostMessages result = look();
    for (int round = 1; round < kRounds && result.missing > 0; ++round) {
      runtime::StopFlag().wait_for(kPauseBetweenRounds);
      auto again = look();
      again.lost = common(result.lost, again.lost);
      again.missing_dead_letter = common(result.missing_dead_letter, again.missing_dead_letter);
      again.given_up = common(result.given_up, again.given_up);
      again.missing = std::min({result.missing, again.missing, again.lost.size() + again.missing_dead_letter.size()});
      result = std::move(again);
    }
    if (result.missing == 0) {
      result.lost.clear();
      result.missing_dead_letter.clear();
    }
    return result;
  }

 private:
  LostMessages look() {
    LostMessages result;
    result.messages = messages_.count();
    const auto most = result.messages + kMoreThanMessages;
    const auto cutoff = runtime::orders::time_ago(session_, settle_seconds_);
    result.lost = runtime::orders::find_stalled(session_, cutoff, most);
    compare_letters(result, cutoff, most);
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

  void compare_letters(LostMessages& result, const std::string& cutoff, std::size_t most) {
    if (result.lost.empty() && !runtime::orders::any_failed(session_)) return;
    DlqLock lock(installation_.database_url, DlqLock::Mode::exclusive);
    result.letters_read = lock.acquire();
    if (!result.letters_read) return;
    const auto letters = read_letters(installation_, session_);
    result.missing_dead_letter = find_failed_without(session_, letters, cutoff, most);
    result.given_up = recheck_unchanged(session_, find_given_up(session_, letters, cutoff));
    remove_sightings(result.lost, result.given_up);
  }

  const Installation& installation_;
  runtime::postgres::Session& session_;
  double settle_seconds_;
  MessageCount messages_;
};

}  // namespace

LostMessages find_lost_messages(const Installation& installation, runtime::postgres::Session& session,
                                double settle_seconds) {
  return LostMessageSearch(installation, session, settle_seconds).run();
}

}  // namespace esteira::cli
