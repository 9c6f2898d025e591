#include "host/stage_options.hpp"

#include <catch2/catch.hpp>

#include "host/executor.hpp"

namespace host = esteira::host;
using esteira::runtime::Environment;

namespace {

host::StageOptions options_from(Environment more, std::vector<const char*> consumes = {"order.created"}) {
  more.insert({{"DATABASE_URL", "postgresql://x/y"}, {"RABBITMQ_URL", "amqp://x/"}, {"ESTEIRA_PLUGIN", "probe"}});
  esteira_plugin_descriptor descriptor{};
  descriptor.name = "probe";
  consumes.push_back(nullptr);
  descriptor.consumes = consumes.data();
  descriptor.publishes = "order.probed";
  descriptor.refused = "";
  descriptor.status = "paid";
  return host::StageOptions::from(esteira::runtime::Config(esteira::runtime::kHost, more), descriptor);
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("the options of a host have the defaults of the settings") {
  CHECK(host::StageOptions{}.delivery_limit == 20);
  CHECK(host::Executor::Options{}.concurrency == 8);
  CHECK(host::Executor::Options{}.timeout == std::chrono::seconds(30));
}

TEST_CASE("a stage consumes the keys of the setting, else those of the plugin, sorted") {
  CHECK(options_from({}).consumes == Keys{"order.created"});
  CHECK(options_from({}, {"order.b", "order.a"}).consumes == Keys{"order.a", "order.b"});
  CHECK(options_from({{"ESTEIRA_CONSUMES", "order.c, order.b"}}).consumes == Keys{"order.b", "order.c"});
}

TEST_CASE("keys that are given twice, empty, invalid or more than 16 are refused with one line") {
  const auto error_of = [](const std::string& keys) -> std::string {
    try {
      options_from({{"ESTEIRA_CONSUMES", keys}});
    } catch (const esteira::runtime::ConfigError& error) {
      return error.what();
    }
    return {};
  };
  std::string many = "k0";
  for (int i = 1; i < 16; ++i) many.append(",k").append(std::to_string(i));
  CHECK(error_of(many).empty());
  CHECK_THAT(error_of(many + ",k16"), Catch::Contains("ESTEIRA_CONSUMES") && Catch::Contains("1 to 16 routing keys"));
  CHECK_THAT(error_of("a,b,a"), Catch::Contains("name each routing key once"));
  CHECK_THAT(error_of("a,,b"), Catch::Contains("1 to 16 routing keys"));
  CHECK_THAT(error_of("a,"), Catch::Contains("1 to 16 routing keys"));
  CHECK_THAT(error_of("order.*"), Catch::Contains("1 to 16 routing keys"));
}

TEST_CASE("the threshold of the circuit breaker is read, and a wrong one is refused") {
  CHECK(options_from({}).breaker.failures == 10);
  CHECK(options_from({}).breaker.window == 20);
  CHECK(options_from({{"ESTEIRA_BREAKER", "off"}}).breaker.failures == 0);
  CHECK_THROWS_WITH(options_from({{"ESTEIRA_BREAKER", "20/10"}}),
                    Catch::Contains("ESTEIRA_BREAKER is '20/10'") && Catch::Contains("or off"));
}

TEST_CASE("none stands for no next event, no refused event and no status") {
  CHECK(options_from({}).publishes == "order.probed");
  CHECK(options_from({}).refused.empty());
  CHECK(options_from({{"ESTEIRA_REFUSED", "order.refused"}}).refused == "order.refused");
  const auto none =
      options_from({{"ESTEIRA_PUBLISHES", "none"}, {"ESTEIRA_REFUSED", "none"}, {"ESTEIRA_STATUS", "none"}});
  CHECK(none.publishes.empty());
  CHECK(none.refused.empty());
  CHECK(none.status.empty());
}

TEST_CASE("a stage must not publish or refuse with a key that it consumes, nor refuse with what it publishes") {
  CHECK_THROWS_WITH(options_from({{"ESTEIRA_CONSUMES", "order.a,order.probed"}}),
                    Catch::StartsWith("ESTEIRA_PUBLISHES is the same as ESTEIRA_CONSUMES (order.probed)"));
  CHECK_THROWS_WITH(options_from({{"ESTEIRA_CONSUMES", "order.a,order.b"}, {"ESTEIRA_REFUSED", "order.b"}}),
                    Catch::StartsWith("ESTEIRA_REFUSED is the same as ESTEIRA_CONSUMES (order.b)"));
  CHECK_THROWS_WITH(options_from({{"ESTEIRA_REFUSED", "order.probed"}}),
                    Catch::StartsWith("ESTEIRA_REFUSED is the same as ESTEIRA_PUBLISHES (order.probed)"));
}
