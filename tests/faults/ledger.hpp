#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

namespace esteira::faults {

/// The ledger of the mock provider: what it knows of money, whatever Esteira believes.
struct Ledger {
  struct Entry {
    std::string order_id;
    std::string charge;  ///< id of the charge, also of a refund
    std::int64_t cents = 0;
  };
  std::vector<Entry> charges;
  std::vector<Entry> refunds;
  std::vector<std::string> doubled;  ///< keys of charges and refunds beyond the first of an order or charge
  /// Orders whose charge or shipment was refused, or whose parcel is lost.
  std::set<std::string> refused_orders;
};

/// Of the provider's GET /ledger.
Ledger read_ledger(const nlohmann::json& ledger);

}  // namespace esteira::faults
