#include "runtime/orders/workers/installation_id.hpp"

namespace esteira::runtime::orders {

InstallationId read_installation_id(postgres::Session& session) {
  InstallationId installation;
  session.read([&](pqxx::transaction_base& work) {
    const auto row = work.exec1("select id, current_database() from installation");
    installation = {row[0].c_str(), row[1].c_str()};
  });
  return installation;
}

}  // namespace esteira::runtime::orders
