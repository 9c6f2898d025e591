#include "runtime/postgres/error_kind.hpp"

#include <catch2/catch.hpp>
#include <pqxx/pqxx>
#include <stdexcept>

namespace {

using Catch::Contains;
using esteira::runtime::postgres::diagnose_current_exception;
using esteira::runtime::postgres::Diagnosis;
using esteira::runtime::postgres::ErrorKind;
using esteira::runtime::postgres::is_refusal;
using esteira::runtime::postgres::kind_of_sqlstate;
using esteira::runtime::postgres::remedy_for_sqlstate;

template <class Error>
Diagnosis diagnose(const Error& error, bool open = true) {
  try {
    throw error;
  } catch (...) {
    return diagnose_current_exception(open);
  }
}

}  // namespace

TEST_CASE("only errors about the rows are request errors") {
  for (const auto* sqlstate :
       {"21000", "22001", "22021", "22P02", "23502", "23505", "23514", "44000", "54000", "P0001"}) {
    CAPTURE(sqlstate);
    CHECK(kind_of_sqlstate(sqlstate) == ErrorKind::request_error);
  }
}

TEST_CASE("whatever is not known to be about the rows is a refusal of the installation") {
  for (const auto* sqlstate :
       {"42501", "42P01", "42703", "42704", "42883", "42601", "0A000", "26000", "25006", "25P02", "28000", "3F000",
        "53100", "53200", "55P03", "57014", "58030", "P0002", "XX000", "XX001", "F0000", "HV000", "ZZ999", ""}) {
    CAPTURE(sqlstate);
    CHECK(is_refusal(kind_of_sqlstate(sqlstate)));
    CHECK_FALSE(remedy_for_sqlstate(sqlstate).empty());
  }
}

TEST_CASE("lost connections and conflicts are told from refusals") {
  for (const auto* sqlstate : {"08006", "57P01", "57P02", "57P03", "25P03"}) {
    CAPTURE(sqlstate);
    CHECK(kind_of_sqlstate(sqlstate) == ErrorKind::connection_lost);
  }
  CHECK(kind_of_sqlstate("40001") == ErrorKind::conflict);
  CHECK(kind_of_sqlstate("40P01") == ErrorKind::conflict);
}

TEST_CASE("a refusal has the server's message, the SQLSTATE and a remedy in one line") {
  const pqxx::insufficient_privilege error("ERROR:  permission denied for table orders\nCONTEXT: x\n", "insert",
                                           "42501");
  CHECK(diagnose(error).text ==
        "permission denied for table orders (SQLSTATE 42501): grant the right to the user of DATABASE_URL");
}

TEST_CASE("the remedy for lost prepared statements names the setting of the pooler") {
  const pqxx::sql_error error("ERROR:  prepared statement \"orders_store\" does not exist", "", "26000");
  CHECK_THAT(diagnose(error).text, Contains("pool_mode = session"));
}

TEST_CASE("an error whose SQLSTATE libpqxx drops is known by its type") {
  CHECK_THAT(diagnose(pqxx::insufficient_privilege("no")).text, Contains("42501"));
  CHECK_THAT(diagnose(pqxx::disk_full("no")).text, Contains("53100"));
  CHECK_THAT(diagnose(pqxx::out_of_memory("no")).text, Contains("53200"));
  CHECK_THAT(diagnose(pqxx::undefined_table("no")).text, Contains("42P01"));
  CHECK_THAT(diagnose(pqxx::undefined_column("no")).text, Contains("42703"));
  CHECK_THAT(diagnose(pqxx::undefined_function("no")).text, Contains("42883"));
  CHECK_THAT(diagnose(pqxx::syntax_error("no")).text, Contains("42601"));
  CHECK_THAT(diagnose(pqxx::feature_not_supported("no")).text, Contains("0A000"));
  CHECK_THAT(diagnose(pqxx::invalid_sql_statement_name("no")).text, Contains("26000"));
  CHECK(diagnose(pqxx::plpgsql_raise("no")).kind == ErrorKind::request_error);
  CHECK(diagnose(pqxx::unique_violation("no")).kind == ErrorKind::request_error);
  CHECK(diagnose(pqxx::data_exception("no")).kind == ErrorKind::request_error);
}

TEST_CASE("any error on a closed connection is a lost connection") {
  CHECK(diagnose(pqxx::sql_error("gone", "", "42501"), false).kind == ErrorKind::connection_lost);
  CHECK(diagnose(pqxx::broken_connection("gone")).kind == ErrorKind::connection_lost);
}

TEST_CASE("an exception of the caller is not diagnosed") {
  CHECK(diagnose(std::logic_error("mine")).kind == ErrorKind::request_error);
  CHECK(diagnose(std::logic_error("mine")).text.empty());
}
