#include "runtime/config/setting_defaults.hpp"

#include <catch2/catch.hpp>

#include "runtime/amqp/consumer.hpp"
#include "runtime/http/server.hpp"
#include "runtime/logging/log.hpp"

namespace rt = esteira::runtime;

namespace {

rt::Config configured() {
  return {rt::kHost,
          {{"DATABASE_URL", "postgresql://localhost/x"},
           {"RABBITMQ_URL", "amqp://localhost"},
           {"ESTEIRA_PLUGIN", "enrich"}}};
}

}  // namespace

TEST_CASE("the delivery limit has one default, 20") {
  CHECK(rt::default_integer("ESTEIRA_DELIVERY_LIMIT") == 20);
  CHECK(configured().integer("ESTEIRA_DELIVERY_LIMIT") == 20);
}

TEST_CASE("option structs have the defaults of the settings") {
  CHECK(rt::amqp::Consumer::Options{}.prefetch == 512);
  CHECK(rt::http::ServerOptions{}.threads == 2);
  CHECK(rt::http::ServerOptions{}.max_body == std::size_t{1024} * 1024);
  CHECK(rt::log::Options{}.level == configured().text("ESTEIRA_LOG_LEVEL"));
  CHECK(rt::log::Options{}.format == configured().text("ESTEIRA_LOG_FORMAT"));
  CHECK(rt::default_duration("ESTEIRA_CACHE_TIMEOUT") == std::chrono::milliseconds(20));
}

TEST_CASE("asking for the default of an unknown setting or another kind throws logic_error") {
  CHECK_THROWS_AS(rt::default_integer("ESTEIRA_NO_SUCH_SETTING"), std::logic_error);
  CHECK_THROWS_AS(rt::default_integer("ESTEIRA_CACHE_TIMEOUT"), std::logic_error);
}
