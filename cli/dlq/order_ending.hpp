#pragma once
#include <string>

#include "cli/dlq/dlq_session.hpp"

namespace esteira::cli {

/// How an order has ended that no redrive sends on, one line for an operator who looked for one: "order ID was given up
/// at the stage shipping, and its payment was refunded". Empty for an order that is in work, completed, failed without
/// a refusal, or unknown. Throws Unavailable.
std::string read_ending(DlqSession& session, const std::string& order_id);

}  // namespace esteira::cli
