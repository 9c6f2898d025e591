#pragma once
#include "cli/command.hpp"

namespace esteira::cli {

// What became a dead letter, and what to do about it.

/// `dlq list [--stage S] [--order ID] [--reason TEXT] [--older 1h] [--limit N] [--json]`
int run_dlq_list(const Arguments& arguments);
/// `dlq show ORDER|MESSAGE [--json]`
int run_dlq_show(const Arguments& arguments);
/// `dlq redrive <filters> [--limit N] [--canary N] [--wait 60s] [--rate N] [--yes] [--json]`: 1 when it stopped at the
/// canary, or when a letter contradicts its order.
int run_dlq_redrive(const Arguments& arguments);
/// `dlq purge <filters> [--limit N] [--yes] [--json]`
int run_dlq_purge(const Arguments& arguments);

}  // namespace esteira::cli
