#include <limits>

#include "cli/dlq.hpp"
#include "cli/letter_desk.hpp"
#include "cli/letter_tally.hpp"

namespace esteira::cli {

int run_dlq_purge(const Arguments& arguments) {
  auto valued = LetterFilter::options();
  valued.insert("--limit");
  const Options options(arguments, {std::move(valued), {"--json", "--yes"}});
  const auto filter = LetterFilter::from(options);
  const auto limit = options.number("--limit").value_or(std::numeric_limits<std::size_t>::max());
  LetterDesk desk(filter);
  if (!confirmed(options, "throw away letters of " + std::to_string(desk.letters->size()))) return 1;
  LetterTally tally;
  while (tally.purged < limit) {
    const auto dead = desk.letters->next();
    if (!dead) break;
    // A letter without an order leaves no trace in the database: there is nothing to write it to.
    if (dead->fault.empty()) static_cast<void>(purge_letter(desk.session, dead->letter));
    desk.letters->take(*dead);
    tally.count(runtime::orders::LetterFate::purged);
    tally.show_progress("purge");
  }
  tally.print(options.has("--json"), "");
  return 0;
}

}  // namespace esteira::cli
