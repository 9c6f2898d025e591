#pragma once
#include <pqxx/pqxx>

namespace esteira::runtime::orders {

/// Prepares what the outbox functions of intake.hpp use.
void prepare_outbox(pqxx::connection& connection);

}  // namespace esteira::runtime::orders
