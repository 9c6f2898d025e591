#include "runtime/postgres/prerequisites.hpp"

namespace esteira::runtime::postgres {
namespace {

constexpr int kMinVersion = 150000;

/// What the programs and the CLI do with each table.
constexpr const char* kMissingRights = R"(
select string_agg(p.privilege || ' on ' || t.name, ', ' order by t.name, p.privilege)
from (values ('orders', 'select,insert,update'),
             ('order_items', 'select,insert'),
             ('order_enrichments', 'select,insert,update'),
             ('order_events', 'select,insert,update'),
             ('idempotency_keys', 'select,insert,update,delete'),
             ('outbox', 'select,insert,update,delete'),
             ('scheduled_messages', 'select,insert,update,delete'),
             ('poison_candidates', 'select,insert,update,delete'),
             ('worker_heartbeats', 'select,insert,update,delete'),
             ('registered_stages', 'select,insert,update'),
             ('removed_bindings', 'select,insert,delete'),
             ('stage_pauses', 'select,insert,update,delete'),
             ('dead_letter_messages', 'select,insert,delete'),
             ('installation', 'select'),
             ('esteira_migrations', 'select')) as t (name, privileges)
cross join lateral unnest(string_to_array(t.privileges, ',')) as p (privilege)
where to_regclass(t.name) is not null and not has_table_privilege(to_regclass(t.name), p.privilege))";

}  // namespace

std::string unfit_server(pqxx::transaction_base& work) {
  const auto row = work.exec1(
      "select current_setting('server_version_num')::integer, current_setting('server_version'),"
      " current_setting('server_encoding'), current_database()");
  if (row[0].as<int>() < kMinVersion) {
    return std::string("PostgreSQL ") + row[1].c_str() + " is too old: use version 15 or later";
  }
  const std::string encoding = row[2].c_str();
  if (encoding == "UTF8") return {};
  std::string text = "the database ";
  text.append(row[3].c_str()).append(" has the encoding ").append(encoding);
  return text.append(": create one with: create database NAME template template0 encoding 'UTF8'");
}

std::string missing_create_right(pqxx::transaction_base& work) {
  const auto row =
      work.exec1("select current_schema(), current_user, has_schema_privilege(current_schema(), 'create')");
  if (row[0].is_null()) return "no schema of the search path exists: create it, or change search_path";
  if (row[2].as<bool>()) return {};
  std::string text = "the user ";
  text.append(row[1].c_str()).append(" may not create tables in the schema ").append(row[0].c_str());
  return text.append(": grant create on the schema, or migrate as its owner");
}

std::string missing_rights(pqxx::transaction_base& work) {
  const auto row = work.exec1(kMissingRights);
  if (row[0].is_null()) return {};
  const auto user = work.exec1("select current_user");
  return std::string("the user ") + user[0].c_str() + " lacks: " + row[0].c_str();
}

std::string changed_collation(pqxx::transaction_base& work) {
  const auto row = work.exec1(
      "select datcollversion, pg_database_collation_actual_version(oid) from pg_database"
      " where datname = current_database()");
  if (row[0].is_null() || row[1].is_null() || std::string(row[0].c_str()) == row[1].c_str()) return {};
  std::string text = "the collation has version ";
  text.append(row[1].c_str()).append(", the database was made with ").append(row[0].c_str());
  return text.append(": reindex it, then alter database ... refresh collation version");
}

}  // namespace esteira::runtime::postgres
