#pragma once
#include <string>
#include <utility>

#include "runtime/logging/outage.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// What each of the threads that share a queue has for itself: a session with PostgreSQL, and whether it works. One
/// thread. Throws ConfigError when the database's URL is none.
struct DbWorker {
  DbWorker(const std::string& database_url, const std::string& name, runtime::postgres::Session::Prepare prepare,
           std::string begun, std::string over)
      : session(database_url, name, std::move(prepare)), outage(std::move(begun), std::move(over)) {}

  runtime::postgres::Session session;
  runtime::Outage outage;
};

}  // namespace esteira::api
