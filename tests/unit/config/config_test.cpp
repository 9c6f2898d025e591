#include "runtime/config/config.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>

using esteira::runtime::Config;
using esteira::runtime::ConfigError;
using esteira::runtime::Environment;
using std::chrono::milliseconds;

namespace {

/// The required settings of every program, and `more`.
Environment enough_and(const Environment& more = {}) {
  Environment environment = more;
  environment.insert({{"DATABASE_URL", "postgresql://localhost/x"},
                      {"RABBITMQ_URL", "amqp://localhost"},
                      {"SECRET_TOKEN", "first,second"},
                      {"ESTEIRA_PLUGIN", "enrich"}});
  return environment;
}

std::string refusal(const Environment& more, esteira::runtime::Program program = esteira::runtime::kApi) {
  try {
    const Config config(program, enough_and(more));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a setting that is not set has its default") {
  const Config config(esteira::runtime::kApi, enough_and());
  CHECK(config.integer("ESTEIRA_MAX_BODY") == 1'048'576);
  CHECK(config.duration("ESTEIRA_IDEMPOTENCY_TTL") == milliseconds(86'400'000));
  CHECK(config.address("ESTEIRA_LISTEN") == esteira::runtime::Address{"::", 8080});
  CHECK(config.duration("ESTEIRA_IDLE_TIMEOUT") == milliseconds(75'000));
  CHECK(config.origins("ESTEIRA_CORS_ORIGINS").empty());
  CHECK(config.text("ESTEIRA_FIRST_EVENT") == "order.created");
  CHECK(config.secrets("SECRET_TOKEN") == std::vector<std::string>{"first", "second"});
  CHECK_FALSE(config.has("REDIS_URL"));
  CHECK(config.text("REDIS_URL").empty());
}

TEST_CASE("every default in the catalogue is a valid value") {
  for (const auto program : {esteira::runtime::kApi, esteira::runtime::kHost, esteira::runtime::kCli}) {
    CHECK_NOTHROW(Config(program, enough_and()));
  }
}

TEST_CASE("every setting is in the catalogue once") {
  std::set<std::string_view> names;
  for (const auto& setting : esteira::runtime::setting_catalogue()) CHECK(names.insert(setting.name).second);
}

TEST_CASE("the environment of a program has no variables of systemd") {
  ::setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
  ::setenv("NOTIFY_DELAY", "2s", 1);
  const auto environment = esteira::runtime::process_environment();
  CHECK_FALSE(environment.contains("NOTIFY_SOCKET"));
  CHECK(environment.at("NOTIFY_DELAY") == "2s");
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("NOTIFY_DELAY");
}

TEST_CASE("a missing required setting is named") {
  CHECK_THROWS_WITH(Config(esteira::runtime::kApi, {}), Catch::StartsWith("DATABASE_URL is required"));
  CHECK_THROWS_WITH(Config(esteira::runtime::kHost, {{"DATABASE_URL", "x"}, {"RABBITMQ_URL", "y"}}),
                    Catch::StartsWith("ESTEIRA_PLUGIN is required"));
  CHECK_NOTHROW(Config(esteira::runtime::kCli, {}));
}

TEST_CASE("an invalid value is refused with the name of its setting") {
  const auto [name, value] =
      GENERATE(table<const char*, const char*>({{"ESTEIRA_WRITERS", "0"},
                                                {"ESTEIRA_WRITERS", "33"},
                                                {"ESTEIRA_WRITERS", "two"},
                                                {"ESTEIRA_WRITERS", "2 "},
                                                {"ESTEIRA_SWEEP_INTERVAL", "5"},
                                                {"ESTEIRA_IDEMPOTENCY_TTL", "59s"},
                                                {"ESTEIRA_LISTEN", "8080"},
                                                {"ESTEIRA_IDLE_TIMEOUT", "0s"},
                                                {"ESTEIRA_IDLE_TIMEOUT", "61m"},
                                                {"ESTEIRA_CORS_ORIGINS", "shop.example"},
                                                {"ESTEIRA_CORS_ORIGINS", "https://Shop.example"},
                                                {"ESTEIRA_CORS_ORIGINS", "https://shop.example/"},
                                                {"ESTEIRA_CORS_ORIGINS", "https://shop.example:443"},
                                                {"ESTEIRA_CORS_ORIGINS", "http://shop.example:80"},
                                                {"ESTEIRA_CORS_ORIGINS", "https://*.example"},
                                                {"ESTEIRA_CORS_ORIGINS", "*,https://a"},
                                                {"ESTEIRA_CORS_ORIGINS", "https://a,"},
                                                {"ESTEIRA_LOG_LEVEL", "loud"},
                                                {"ESTEIRA_LOG_LEVEL", "info|warn"},
                                                {"ESTEIRA_EXCHANGE", "Orders"},
                                                {"ESTEIRA_FIRST_EVENT", "order created"},
                                                {"SECRET_TOKEN", "one,,two"},
                                                {"SECRET_TOKEN", "one,"},
                                                {"DATABASE_URL", "postgresql://\n"}}));
  CHECK_THAT(refusal({{name, value}}), Catch::StartsWith(std::string(name) + " should be"));
}

TEST_CASE("web origins are exact, or all") {
  const auto origins = [](const char* text) {
    return Config(esteira::runtime::kApi, enough_and({{"ESTEIRA_CORS_ORIGINS", text}})).origins("ESTEIRA_CORS_ORIGINS");
  };
  CHECK(origins("https://a.example, http://localhost:3000") ==
        std::vector<std::string>{"https://a.example", "http://localhost:3000"});
  CHECK(origins("*") == std::vector<std::string>{"*"});
}

TEST_CASE("an empty variable counts as not set") {
  const Config config(esteira::runtime::kApi, enough_and({{"ESTEIRA_WRITERS", ""}, {"REDIS_URL", ""}}));
  CHECK(config.integer("ESTEIRA_WRITERS") == 2);
  CHECK_FALSE(config.has("REDIS_URL"));
}

TEST_CASE("the list of retry delays may be empty") {
  const auto delays = [](const char* text) {
    return Config(esteira::runtime::kHost, enough_and({{"ESTEIRA_RETRY_DELAYS", text}}))
        .durations("ESTEIRA_RETRY_DELAYS");
  };
  CHECK(delays("250ms, 2s") == std::vector{milliseconds(250), milliseconds(2000)});
  CHECK(delays("none").empty());
  CHECK(delays("").empty());
}

TEST_CASE("an unknown setting is refused and the closest name suggested") {
  CHECK(refusal({{"ESTEIRA_WRITER", "2"}}) == "ESTEIRA_WRITER is not a setting; did you mean ESTEIRA_WRITERS?");
  CHECK(refusal({{"ESTEIRA_COFFEE_STRENGTH", "2"}}) ==
        "ESTEIRA_COFFEE_STRENGTH is not a setting; --help lists all settings");
}

TEST_CASE("a renamed setting is refused with its present name") {
  CHECK(refusal({{"ESTEIRA_MAX_WAITING", "2"}}) ==
        "ESTEIRA_MAX_WAITING is not a setting; did you mean ESTEIRA_MAX_QUEUED_REQUESTS?");
}

TEST_CASE("an error gives the limits of a duration in readable units") {
  CHECK(refusal({{"ESTEIRA_IDEMPOTENCY_TTL", "59s"}}) ==
        "ESTEIRA_IDEMPOTENCY_TTL should be a duration from 1m to 3650d");
}

TEST_CASE("control characters in the name of an unknown setting are replaced in the error") {
  CHECK(refusal({{"ESTEIRA_\r\n\x1b[2J", "2"}}) == "ESTEIRA_???[2J is not a setting; --help lists all settings");
}

TEST_CASE("settings of other programs are not checked") {
  CHECK(refusal({{"ESTEIRA_CONCURRENCY", "not even a number"}}).empty());
}

TEST_CASE("the command line and the host read the same retry delays") {
  const auto delays = GENERATE("none", "1s, 5s,25s");
  const Environment environment{{"ESTEIRA_RETRY_DELAYS", delays}};
  CHECK(Config(esteira::runtime::kCli, environment).durations("ESTEIRA_RETRY_DELAYS") ==
        Config(esteira::runtime::kHost, enough_and(environment)).durations("ESTEIRA_RETRY_DELAYS"));
}

TEST_CASE("variables that Kubernetes sets for a Service are ignored") {
  CHECK(refusal({{"ESTEIRA_API_SERVICE_HOST", "10.0.0.1"},
                 {"ESTEIRA_API_SERVICE_PORT", "80"},
                 {"ESTEIRA_API_SERVICE_PORT_HTTP", "80"},
                 {"ESTEIRA_API_PORT", "tcp://10.0.0.1:80"},
                 {"ESTEIRA_API_PORT_80_TCP_ADDR", "10.0.0.1"}})
            .empty());
}

TEST_CASE("an unknown setting does not pass for a Kubernetes service link") {
  CHECK_THAT(refusal({{"ESTEIRA_API_PORT", "8080"}}), Catch::Contains("ESTEIRA_API_PORT"));
}

TEST_CASE("no error contains a secret") {
  CHECK_THAT(refusal({{"SECRET_TOKEN", "hush hush"}}), !Catch::Contains("hush"));
  CHECK_THAT(refusal({{"DATABASE_URL", "postgresql://u:hush\x01@h/d"}}), !Catch::Contains("hush"));
}

TEST_CASE("reading an undeclared setting throws std::logic_error") {
  const Config config(esteira::runtime::kApi, enough_and());
  CHECK_THROWS_AS(config.integer("ESTEIRA_NOTHING"), std::logic_error);
  CHECK_THROWS_AS(config.integer("ESTEIRA_LISTEN"), std::logic_error);
  CHECK_THROWS_AS(config.integer("REDIS_URL"), std::logic_error);
}

TEST_CASE("help lists the settings of one program with their defaults") {
  const auto help = describe_settings(esteira::runtime::kApi);
  CHECK_THAT(help, Catch::Contains("database connections that store orders (1 to 32) [default: 2]"));
  CHECK_THAT(help, Catch::Contains("time for which Redis caches a finished order (1s to 1d) [default: 10m]"));
  CHECK_THAT(help, Catch::Contains("lowest level that is logged (debug|info|warn|error) [default: info]"));
  CHECK_THAT(help, Catch::Contains("postgresql://user:password@host/database [or DATABASE_URL_FILE] [required]"));
  CHECK_THAT(help, !Catch::Contains("ESTEIRA_PREFETCH"));
}
