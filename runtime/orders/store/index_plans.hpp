#pragma once
#include <pqxx/pqxx>

namespace esteira::runtime::orders {

/// Makes PostgreSQL plan this connection's statements with index scans and nested loops, whatever the statistics say. A
/// prepared statement is planned once, often while the tables are empty; a plan that reads whole tables would still be
/// used when they have grown. Nested loops also keep the order of the input, in which rows are locked. JIT compilation
/// is off: where a table has no index for a scan, the planner's cost estimate is so high that PostgreSQL would compile
/// the statement for a second.
void force_index_plans(pqxx::connection& connection);

}  // namespace esteira::runtime::orders
