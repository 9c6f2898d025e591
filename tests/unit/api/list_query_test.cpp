#include "api/list_query.hpp"

#include <catch2/catch.hpp>

using esteira::api::ListQuery;
using esteira::api::next_page_query;
using esteira::api::parse_list_query;
using esteira::api::to_cursor;
using esteira::runtime::format_rfc3339;
using esteira::runtime::http::Violation;

namespace {

ListQuery valid(std::string_view query) {
  auto parsed = parse_list_query(query);
  REQUIRE(std::holds_alternative<ListQuery>(parsed));
  return std::get<ListQuery>(std::move(parsed));
}

std::vector<Violation> violations(std::string_view query) {
  auto parsed = parse_list_query(query);
  return std::holds_alternative<ListQuery>(parsed) ? std::vector<Violation>()
                                                   : std::get<std::vector<Violation>>(std::move(parsed));
}

constexpr auto kSomeOrder = "01a223e2-056a-76a4-ae61-109cf5345cc0";

}  // namespace

TEST_CASE("a query without parameters lists twenty orders of everybody") {
  const auto list = valid("");
  CHECK(list.limit == 20);
  CHECK(list.filter.customer_id.empty());
  CHECK(list.filter.status.empty());
  CHECK(list.after.empty());
}

TEST_CASE("the parameters of a list are decoded") {
  const auto list = valid(
      "customer_id=a%26b+c%2Bd&status=failed&workflow=checkout&limit=100&created_after=2026-11-29T17%3A54%3A13Z&");
  CHECK(list.filter.customer_id == "a&b c+d");
  CHECK(list.filter.status == "failed");
  CHECK(list.filter.workflow == "checkout");
  CHECK(list.limit == 100);
  CHECK(format_rfc3339(list.filter.created_after.value()) == "2026-11-29T17:54:13.000000Z");
}

TEST_CASE("the plus sign of a time may be sent as it is") {
  for (const auto* query :
       {"created_after=2026-11-29T18:54:13+01:00", "created_after=2026-11-29T18%3A54%3A13%2B01%3A00"}) {
    CHECK(format_rfc3339(valid(query).filter.created_after.value()) == "2026-11-29T17:54:13.000000Z");
  }
}

TEST_CASE("every wrong parameter of a list is reported with its name") {
  const auto found =
      violations("limit=0&Status=x&created_after=yesterday&cursor=12&customer_id=&workflow=a&workflow=b");
  std::string names;
  for (const auto& violation : found) names += violation.parameter + ' ';
  CHECK(names == "limit Status created_after cursor customer_id workflow ");
  CHECK(found.at(1).detail.find("customer_id, status") != std::string::npos);
  CHECK(found.at(5).detail == "is given more than once");
}

TEST_CASE("a wrong value of a list is refused") {
  const auto* query = GENERATE("limit=101", "limit=-1", "limit=ten", "limit=", "limit=1.5", "limit",
                               "limit=99999999999999999999", "status=%", "status=%ff", "customer_id=a%00b",
                               "customer_id=a%0ab", "cursor=", "page=2", "=1", "%ff=1", "created_after=2026-11-29");
  CAPTURE(query);
  CHECK(violations(query).size() == 1);
  CHECK_FALSE(violations("customer_id=" + std::string(513, 'a')).empty());
}

TEST_CASE("a cursor leads to the position that it was made from") {
  CHECK(valid("cursor=" + to_cursor(kSomeOrder)).after == kSomeOrder);
}

TEST_CASE("a cursor that was not made by the API is refused") {
  const auto cursor = to_cursor(kSomeOrder);
  auto upper = cursor;
  for (auto& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const auto& wrong : {upper, cursor + "0", cursor.substr(1), std::string(32, 'g'), std::string(kSomeOrder)}) {
    CAPTURE(wrong);
    CHECK(violations("cursor=" + wrong).size() == 1);
  }
}

TEST_CASE("the query for the next page differs in the cursor alone") {
  const auto list = valid("customer_id=a%26b+c&status=failed&workflow=w&limit=7&created_after=2026-11-29T17:54:13Z");
  const auto next = valid(next_page_query(list, kSomeOrder));
  CHECK(next.filter.customer_id == "a&b c");
  CHECK(next.filter.status == "failed");
  CHECK(next.filter.workflow == "w");
  CHECK(next.filter.created_after == list.filter.created_after);
  CHECK(next.limit == 7);
  CHECK(next.after == kSomeOrder);
}
