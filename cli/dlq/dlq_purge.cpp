#include <limits>

#include "cli/dlq/dlq.hpp"
#include "cli/dlq/dlq_session.hpp"
#include "cli/dlq/redrive_summary.hpp"

namespace esteira::cli {

int run_dlq_purge(const Arguments& arguments) {
  auto valued = DeadLetterFilter::options();
  valued.insert("--limit");
  const Options options(arguments, {std::move(valued), {"--json", "--yes"}});
  const auto filter = DeadLetterFilter::from(options);
  const auto limit = options.number("--limit").value_or(std::numeric_limits<std::size_t>::max());
  DlqSession dlq(filter);
  if (!confirmed(options, "throw away letters of " + std::to_string(dlq.letters->size()))) return 1;
  RedriveSummary summary;
  while (summary.purged < limit) {
    const auto dead = dlq.letters->next();
    if (!dead) break;
    // A letter without an order leaves no trace in the database: there is nothing to write it to.
    if (dead->fault.empty()) static_cast<void>(purge_dead_letter(dlq.session, dead->letter));
    dlq.letters->take(*dead);
    summary.count(runtime::orders::RedriveResult::purged);
    summary.show_progress("purge");
  }
  summary.print(options.has("--json"), "");
  return 0;
}

}  // namespace esteira::cli
