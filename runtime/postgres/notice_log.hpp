#pragma once
#include <pqxx/pqxx>

namespace esteira::runtime::postgres {

/// Logs what PostgreSQL and libpq say beside the results of statements, such as "terminating connection because of
/// crash of another server process". libpq would write it to stderr, which log readers expect to be JSON. What several
/// connections are told at the same time is logged once. Used by the thread that uses the connection.
class NoticeLog final : public pqxx::errorhandler {
 public:
  using pqxx::errorhandler::errorhandler;
  bool operator()(const char message[]) noexcept override;
};

}  // namespace esteira::runtime::postgres
