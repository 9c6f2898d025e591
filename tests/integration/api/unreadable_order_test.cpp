// Values that no program writes, but that an operator or a fault of the disk can leave in the tables.
#include <catch2/catch.hpp>
#include <future>
#include <nlohmann/json.hpp>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/written_stderr.hpp"

using esteira::test::ApiFixture;

namespace {

std::string place(const ApiFixture& fixture) { return ApiFixture::order_id(fixture.post(ApiFixture::small_order())); }

void set_data(ApiFixture& fixture, const std::string& id, const std::string& data) {
  fixture.database.execute("insert into order_enrichments (order_id, stage, data) values ('" + id + "', 'enrich', '" +
                           data + "')");
}

/// Makes PostgreSQL fail when it reads the data of this order, as it does when the row's page is damaged.
void damage_row(ApiFixture& fixture, const std::string& id) {
  set_data(fixture, id, "{}");
  fixture.database.execute(
      "alter table order_enrichments rename to intact_enrichments;"
      "create view order_enrichments as select order_id, stage, created_at,"
      " case when order_id = '" +
      id +
      "' then (1 / (length(stage) - length(stage)))::text::jsonb else data end as data"
      " from intact_enrichments");
}

}  // namespace

TEST_CASE("an order shows the numbers of a stage's data with all their digits") {
  ApiFixture fixture;
  const auto id = place(fixture);
  set_data(fixture, id, R"({"n": 12345678901234567890123, "huge": 1e350, "tiny": 1e-350, "cents": 1.10})");
  const auto answer = fixture.get("/orders/" + id);
  REQUIRE(answer.status == 200);
  CHECK_THAT(answer.body, Catch::Contains(R"("n":12345678901234567890123)") &&
                              Catch::Contains("\"huge\":1" + std::string(350, '0')) &&
                              Catch::Contains("\"tiny\":0." + std::string(349, '0') + "1") &&
                              Catch::Contains(R"("cents":1.10)"));
}

TEST_CASE("values that cannot be shown are null in their order and named in the log") {
  ApiFixture fixture;
  const auto id = place(fixture);
  const auto other = place(fixture);
  fixture.database.execute("update orders set total_amount = 'NaN', created_at = 'infinity' where id = '" + id + "'");
  fixture.database.execute("update order_items set unit_price = 'NaN' where line = 2 and order_id = '" + id + "'");
  fixture.database.execute("update order_events set created_at = '20000-01-01Z' where order_id = '" + id + "'");
  esteira::test::WrittenStderr lines;
  const auto answer = fixture.get("/orders/" + id);
  REQUIRE(answer.status == 200);
  const auto order = nlohmann::json::parse(answer.body);
  CHECK(order.at("unreadable") == nlohmann::json{"/total", "/created_at", "/items/1/unit_price", "/timeline/0/at"});
  CHECK(order.at("created_at").is_null());
  CHECK(order.at("timeline").at(0).at("at").is_null());
  CHECK(order.at("customer_id") == "123");
  CHECK(fixture.get("/orders/" + id).status == 200);
  CHECK_FALSE(nlohmann::json::parse(fixture.get("/orders/" + other).body).contains("unreadable"));
  const auto line = lines.next();
  CHECK_THAT(line, Catch::Contains(id) && Catch::Contains("/items/1/unit_price"));
  CHECK(lines.next().empty());
}

TEST_CASE("an order that PostgreSQL cannot read gives 500, is named in the log, and harms no other order") {
  ApiFixture fixture;
  std::vector<std::string> ids;
  ids.reserve(20);
  for (int i = 0; i < 20; ++i) ids.push_back(place(fixture));
  damage_row(fixture, ids[7]);
  esteira::test::WrittenStderr lines;
  std::vector<std::future<int>> answers;
  answers.reserve(ids.size() * 5);
  for (std::size_t i = 0; i < ids.size() * 5; ++i) {
    answers.push_back(
        std::async(std::launch::async, [&, id = ids[i % ids.size()]] { return fixture.get("/orders/" + id).status; }));
  }
  for (std::size_t i = 0; i < answers.size(); ++i) CHECK(answers[i].get() == (i % ids.size() == 7 ? 500 : 200));
  const auto line = lines.next();
  CHECK_THAT(line, Catch::Contains("an order cannot be read") && Catch::Contains(ids[7]) &&
                       Catch::Contains("division by zero"));
  CHECK(lines.next().empty());
}

TEST_CASE("an infinite time in the outbox does not stop the housekeeping") {
  ApiFixture fixture;
  fixture.broker_proxy.cut();
  fixture.database.execute(
      "insert into outbox (order_id, exchange, routing_key, body, created_at) values"
      " (gen_random_uuid(), '', 'x', '{}', 'infinity'), (gen_random_uuid(), '', 'x', '{}', '-infinity')");
  CHECK(esteira::test::wait_until([&] { return fixture.metric("esteira_outbox_events ") == 2; }));
  CHECK(fixture.metric("esteira_outbox_oldest_seconds ") == 0);
}
