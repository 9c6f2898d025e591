#pragma once
#include <string>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

struct InstallationId {
  std::string id;        ///< a UUID, made by the migration; a dump carries it
  std::string database;  ///< the name of the database, for messages
};

/// Needs no prepared statement. Throws Unavailable.
InstallationId read_installation_id(postgres::Session& session);

}  // namespace esteira::runtime::orders
