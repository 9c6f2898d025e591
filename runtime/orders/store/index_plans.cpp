#include "runtime/orders/store/index_plans.hpp"

namespace esteira::runtime::orders {

void force_index_plans(pqxx::connection& connection) {
  pqxx::nontransaction(connection)
      .exec("set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off");
}

}  // namespace esteira::runtime::orders
