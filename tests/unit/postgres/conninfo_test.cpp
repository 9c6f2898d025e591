#include "runtime/postgres/conninfo.hpp"

#include <catch2/catch.hpp>

#include "runtime/config/config.hpp"

using Catch::Contains;
using esteira::runtime::ConfigError;
using esteira::runtime::postgres::make_conninfo;
using esteira::runtime::postgres::make_session_sql;

TEST_CASE("a database URL is decoded to quoted key=value pairs") {
  const auto conninfo = make_conninfo("postgresql://me:a%27b%5C@db:5433/shop", "test");
  CHECK_THAT(conninfo, Contains("user='me'") && Contains(R"(password='a\'b\\')") && Contains("host='db'") &&
                           Contains("port='5433'") && Contains("dbname='shop'"));
}

TEST_CASE("key=value pairs are accepted as a database URL") {
  const auto conninfo = make_conninfo("host=/run/postgresql dbname='my shop'", "test");
  CHECK_THAT(conninfo, Contains("host='/run/postgresql'") && Contains("dbname='my shop'"));
}

TEST_CASE("a conninfo gets our timeouts and the application name") {
  const auto conninfo = make_conninfo("postgresql://db/shop", "esteira-api");
  CHECK_THAT(conninfo, Contains("connect_timeout='3'") && Contains("tcp_user_timeout='10000'") &&
                           Contains("application_name='esteira-api'"));
}

TEST_CASE("our settings are set in the session, because poolers do not accept the startup parameter options") {
  CHECK_THAT(make_conninfo("postgresql://db/shop", "test"), Contains("options=''"));
  CHECK_THAT(make_session_sql("postgresql://db/shop"), Contains("set_config('statement_timeout', '10s', false)") &&
                                                           Contains("set_config('synchronous_commit', 'on', false)"));
}

TEST_CASE("values in the database URL take precedence, and the settings in its options follow ours") {
  const std::string url = "postgresql://db/shop?connect_timeout=7&options=-c%20lock_timeout%3D1s";
  CHECK_THAT(make_conninfo(url, "test"),
             Contains("connect_timeout='7'") && !Contains("connect_timeout='3'") && Contains("options=''"));
  CHECK_THAT(make_session_sql(url), Contains(", set_config('lock_timeout', '1s', false), pg_backend_pid()"));
}

TEST_CASE("options are understood in each form of a setting") {
  const auto tail = [](const std::string& options) {
    const auto sql = make_session_sql("dbname=shop options='" + options + "'");
    const auto begin = sql.find("'UTC', false)") + 13;
    return sql.substr(begin, sql.rfind(", pg_backend_pid()") - begin);
  };
  CHECK(tail("-c search_path=a,b") == ", set_config('search_path', 'a,b', false)");
  CHECK(tail(" -csearch_path=a  --work-mem=8MB ") ==
        ", set_config('search_path', 'a', false), set_config('work_mem', '8MB', false)");
  CHECK(tail("-c application_name=it\\'s\\\\ me") == ", set_config('application_name', 'it''s me', false)");
}

TEST_CASE("options that are not settings stay a startup parameter") {
  const auto* const options = GENERATE("-e", "-c", "-c statement_timeout", "postgres", "-c =1");
  CAPTURE(options);
  CHECK_THAT(make_conninfo(std::string("dbname=shop options='") + options + "'", "test"),
             Contains(std::string("options='") + options + "'"));
}

TEST_CASE("with several hosts the primary is required") {
  CHECK_THAT(make_conninfo("postgresql://a:1,b:2/shop", "test"), Contains("target_session_attrs='read-write'"));
  CHECK_THAT(make_conninfo("host=x hostaddr=10.0.0.1,10.0.0.2", "test"), Contains("target_session_attrs='read-write'"));
  CHECK_THAT(make_conninfo("postgresql://a:1,b:2/shop?target_session_attrs=any", "test"),
             Contains("target_session_attrs='any'"));
  CHECK_THAT(make_conninfo("postgresql://a:1/shop", "test"), !Contains("target_session_attrs"));
}

TEST_CASE("a value that libpq would refuse at each connection is rejected by its name") {
  for (const char* wrong : {"sslmode=bogus", "target_session_attrs=writable", "gssencmode=maybe", "channel_binding=1",
                            "ssl_min_protocol_version=SSLv3", "connect_timeout=3s", "keepalives_idle="}) {
    INFO(wrong);
    const std::string name(wrong, std::string(wrong).find('='));
    CHECK_THROWS_WITH(make_conninfo(std::string("postgresql://me:s3cret@db/shop?").append(wrong), "test"),
                      Contains("DATABASE_URL: " + name) && !Contains("s3cret"));
  }
  CHECK_THROWS_WITH(make_conninfo("host=a,b port=5432,70000", "test"), Contains("a port is not a number"));
}

TEST_CASE("every value that libpq knows is accepted") {
  for (const char* known : {"sslmode=verify-full", "target_session_attrs=prefer-standby", "gssencmode=disable",
                            "channel_binding=require", "ssl_min_protocol_version=tlsv1.2", "keepalives=0"}) {
    INFO(known);
    CHECK_NOTHROW(make_conninfo(std::string("postgresql://db/shop?").append(known), "test"));
  }
  CHECK_NOTHROW(make_conninfo("host=a,b port=5432,", "test"));
}

TEST_CASE("an invalid database URL is rejected without repeating it") {
  for (const std::string url : {"mysql://me:s3cret@db/shop", "s3cret", "postgresql://me:s3cret%zz@db/shop",
                                "postgresql://me@db/shop?s3cret=1", "postgresql://me:s3cret@[db/shop", ""}) {
    CAPTURE(url);
    CHECK_THROWS_AS(make_conninfo(url, "test"), ConfigError);
    CHECK_THROWS_WITH(make_conninfo(url, "test"), Contains("DATABASE_URL") && !Contains("s3cret"));
  }
}
