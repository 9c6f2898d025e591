#include "tests/faults/ledger.hpp"

#include <nlohmann/json.hpp>

namespace esteira::faults {
namespace {

Ledger::Entry read_entry(const nlohmann::json& entry, const char* charge) {
  return {entry.at("order_id"), entry.at(charge), entry.at("cents")};
}

}  // namespace

Ledger read_ledger(const nlohmann::json& ledger) {
  Ledger read;
  for (const auto& charge : ledger.at("charges")) read.charges.push_back(read_entry(charge, "id"));
  for (const auto& refund : ledger.at("refunds")) read.refunds.push_back(read_entry(refund, "charge"));
  for (const auto& shipment : ledger.at("shipments")) {
    if (shipment.at("ends_as") == "lost") read.refused_orders.insert(shipment.at("order_id"));
  }
  // A key is the order's id, a colon and the stage.
  for (const std::string key : ledger.at("refused")) read.refused_orders.insert(key.substr(0, key.find(':')));
  read.doubled = ledger.at("double");
  return read;
}

}  // namespace esteira::faults
