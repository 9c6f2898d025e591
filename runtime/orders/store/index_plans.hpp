#pragma once
#include <pqxx/pqxx>

namespace esteira::runtime::orders {

/// Makes the statements of this connection go through the indices, whatever the statistics say: a plan is made once a
/// connection, often while the tables are still empty, and one that reads whole tables would stay when they grow.
/// Nested loops also keep the order of the input, which is the order in which rows are locked. No statement is
/// compiled: a plan that must scan a table without an index counts as so dear that compiling it, for a second, would
/// seem to pay.
void force_index_plans(pqxx::connection& connection);

}  // namespace esteira::runtime::orders
