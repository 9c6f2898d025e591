#pragma once
#include <string>

#include "cli/dlq/dlq_session.hpp"

namespace esteira::cli {

/// How an order has ended that no redrive sends on.
struct OrderEnding {
  /// One line for an operator who looked for one: "order ID was given up already at the stage shipping, and its payment
  /// was refunded". Empty for an order that is in work, completed, failed without a refusal, or unknown.
  std::string text;
  bool is_given_up = false;
};

/// Throws Unavailable.
OrderEnding read_ending(DlqSession& session, const std::string& order_id);

}  // namespace esteira::cli
