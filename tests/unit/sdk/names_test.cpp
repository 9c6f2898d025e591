#include <catch2/catch.hpp>
#include <esteira/names.hpp>
#include <string>

namespace names = esteira::names;

TEST_CASE("a name is lower case, begins with a letter and has at most 40 characters") {
  CHECK(names::is_name("enrich-2_b"));
  CHECK(names::is_name(std::string(40, 'a')));
  for (const auto& text : {std::string(), std::string("2nd"), std::string("Enrich"), std::string("a.b"),
                           std::string("-a"), std::string(41, 'a'), std::string("a\n")})
    CHECK_FALSE(names::is_name(text));
}

TEST_CASE("a routing key contains no blanks, wildcards or upper-case letters") {
  CHECK(names::is_routing_key("order.enrichment.requested"));
  for (const auto* text : {"", "order.*", "order.#", "Order.created", "order created"})
    CHECK_FALSE(names::is_routing_key(text));
  CHECK_FALSE(names::is_routing_key(std::string(201, 'a')));
}

TEST_CASE("a stage may set any status but pending, failed and cancelled") {
  for (const auto* text : {"processing", "paid", "shipped", "completed"}) CHECK(names::is_status(text));
  for (const auto* text : {"pending", "failed", "cancelled", "Paid", "done"}) CHECK_FALSE(names::is_status(text));
}
