#pragma once
#include <esteira/message.hpp>
#include <string_view>

namespace esteira::cli {

/// Reads an order as a stage would receive it: the body of POST /orders, to which any member of an envelope may be
/// added
/// (`data` of earlier stages, `total`, `order_id`, `workflow`). Without a total it is computed when every item has a
/// price, as the API does. Throws UsageError.
Message read_trial_order(std::string_view text);

}  // namespace esteira::cli
