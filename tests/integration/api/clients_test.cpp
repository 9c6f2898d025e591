#include <catch2/catch.hpp>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/secret_volume.hpp"
#include "tests/support/wait.hpp"

using esteira::runtime::Config;
using esteira::runtime::ConfigError;
using esteira::test::ApiFixture;
using esteira::test::wait_until;

namespace {

constexpr const char* kOtherOrder = R"({"customer_id":"124","items":[{"sku":"ABC","qty":2}]})";

ApiFixture::Settings with_clients(ApiFixture::Settings more = {}) {
  more["ESTEIRA_CLIENT_TOKENS"] = "shop:aaa,pos:bbb,shop:aaa-new";
  return more;
}

std::map<std::string, std::string> headers(const std::string& token, const std::string& key = {}) {
  std::map<std::string, std::string> headers{{"Authorization", "Bearer " + token}};
  if (!key.empty()) headers["Idempotency-Key"] = key;
  return headers;
}

}  // namespace

TEST_CASE("two clients may use the same idempotency key for different orders") {
  ApiFixture fixture(with_clients());
  const auto of_shop = fixture.post(ApiFixture::small_order(), headers("aaa", "key"));
  const auto of_pos = fixture.post(kOtherOrder, headers("bbb", "key"));
  const auto of_default = fixture.post(ApiFixture::small_order(), headers("token", "key"));
  REQUIRE(of_shop.status == 202);
  REQUIRE(of_pos.status == 202);
  REQUIRE(of_default.status == 202);
  CHECK(of_pos.body != of_shop.body);
  CHECK(of_default.body != of_shop.body);
  CHECK(fixture.post(ApiFixture::small_order(), headers("bbb", "key")).status == 422);
  CHECK(fixture.database.value("select string_agg(client, ',' order by client) from orders") == "default,pos,shop");
  CHECK(fixture.metric("esteira_orders_accepted_total{client=\"pos\"} ") == 1);
}

TEST_CASE("a client keeps its idempotency keys when its token is rotated") {
  ApiFixture fixture(with_clients());
  const auto first = fixture.post(ApiFixture::small_order(), headers("aaa", "key"));
  const auto again = fixture.post(ApiFixture::small_order(), headers("aaa-new", "key"));
  CHECK(again.body == first.body);
  CHECK(again.headers.at("idempotency-replayed") == "true");
  CHECK(fixture.metric("esteira_orders_replayed_total{client=\"shop\"} ") == 1);
}

TEST_CASE("all clients read all orders unless clients are isolated") {
  ApiFixture fixture(with_clients());
  const auto path = "/orders/" + ApiFixture::order_id(fixture.post(ApiFixture::small_order(), headers("aaa")));
  CHECK(fixture.get(path, headers("bbb")).status == 200);
}

TEST_CASE("an isolated client reads only its own orders") {
  ApiFixture fixture(with_clients({{"ESTEIRA_ISOLATE_CLIENTS", "true"}}));
  const auto path = "/orders/" + ApiFixture::order_id(fixture.post(ApiFixture::small_order(), headers("aaa")));
  CHECK(fixture.get(path, headers("aaa-new")).status == 200);
  const auto other = fixture.get(path, headers("bbb"));
  CHECK(other.status == 404);
  CHECK(other.body == fixture.get("/orders/01a223e2-056a-76a4-ae61-109cf5345cc0", headers("bbb")).body);
}

TEST_CASE("a cached order is served to its own client only when clients are isolated") {
  ApiFixture fixture(with_clients({{"ESTEIRA_ISOLATE_CLIENTS", "true"},
                                   {"REDIS_URL", esteira::test::redis_url()},
                                   {"ESTEIRA_CACHE_TIMEOUT", "5s"}}));
  const auto path = "/orders/" + ApiFixture::order_id(fixture.post(ApiFixture::small_order(), headers("aaa")));
  fixture.database.execute("update orders set status = 'completed'");
  CHECK(wait_until([&] {
    return fixture.get(path, headers("aaa")).status == 200 &&
           fixture.metric("esteira_cache_lookups_total{result=\"hit\"}") > 0;
  }));
  CHECK(fixture.get(path, headers("bbb")).status == 404);
}

TEST_CASE("a token of two clients is refused with a line that does not contain it") {
  const auto start = [](const std::string& clients) {
    ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_CLIENT_TOKENS", clients}});
  };
  CHECK_THROWS_WITH(start("shop:hush,pos:hush"), Catch::Contains("'shop' and 'pos'") && !Catch::Contains("hush"));
  CHECK_THROWS_WITH(start("shop:token"), Catch::Contains("'default' and 'shop'") && !Catch::Contains(":token"));
  CHECK_NOTHROW(start("shop:hush,shop:hush,default:token"));
  const auto* const invalid = GENERATE("hush", "Shop:hush", "shop:", ":hush", "shop:hu sh", "shop:hush,");
  CHECK_THROWS_WITH(start(invalid), Catch::Contains("ESTEIRA_CLIENT_TOKENS") && !Catch::Contains("hush"));
}

TEST_CASE("tokens in files of a Kubernetes volume are rotated without a restart") {
  esteira::test::SecretVolume volume{{"token", "old\n"}, {"clients", "shop:aaa\n"}};
  const ApiFixture fixture({{"SECRET_TOKEN", ""},
                            {"SECRET_TOKEN_FILE", volume.path_of("token")},
                            {"ESTEIRA_CLIENT_TOKENS_FILE", volume.path_of("clients")}});
  CHECK(fixture.post(ApiFixture::small_order(), headers("old")).status == 202);
  CHECK(fixture.post(ApiFixture::small_order(), headers("new")).status == 401);
  volume.update("token", "new\n");
  CHECK(wait_until([&] { return fixture.post(ApiFixture::small_order(), headers("new")).status == 202; }));
  CHECK(fixture.post(ApiFixture::small_order(), headers("old")).status == 401);
  CHECK(fixture.post(ApiFixture::small_order(), headers("aaa")).status == 202);
  volume.update("clients", "shop:aaa,pos:bbb\n");
  CHECK(wait_until([&] { return fixture.post(ApiFixture::small_order(), headers("bbb")).status == 202; }));
  CHECK(fixture.metric("esteira_orders_accepted_total{client=\"pos\"} ") == 1);
}
