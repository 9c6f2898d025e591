#include "runtime/orders/plans.hpp"

namespace esteira::runtime::orders {

void plan_by_index(pqxx::connection& connection) {
  pqxx::nontransaction(connection)
      .exec("set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off");
}

}  // namespace esteira::runtime::orders
