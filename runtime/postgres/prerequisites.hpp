#pragma once
#include <pqxx/pqxx>
#include <string>

namespace esteira::runtime::postgres {

// What a database must be for Esteira. Each function returns "" when it is, else what is wrong and the remedy, in one
// line. PostgreSQL's extensions are not needed.

/// PostgreSQL 15 or later, and a database in UTF8: another encoding cannot store what clients send.
std::string unfit_server(pqxx::transaction_base& work);

/// The right to create tables in the first schema of the search path, which only a migration needs.
std::string missing_create_right(pqxx::transaction_base& work);

/// The rights that the programs need on their tables: "insert on order_events, ...". The schema must be complete.
std::string missing_rights(pqxx::transaction_base& work);

/// The operating system sorts text in another way than when the database was created: indexes on text may be wrong.
std::string changed_collation(pqxx::transaction_base& work);

}  // namespace esteira::runtime::postgres
