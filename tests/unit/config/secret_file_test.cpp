#include "runtime/config/secret_file.hpp"

#include <sys/fsuid.h>
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "runtime/config/config.hpp"
#include "tests/support/secret_volume.hpp"

using Catch::Contains;
using esteira::runtime::Config;
using esteira::runtime::ConfigError;
using esteira::runtime::Environment;
using esteira::runtime::kApi;
using esteira::runtime::kCli;
using esteira::runtime::kHost;
using esteira::test::SecretVolume;

namespace {

/// The settings of an API, with SECRET_TOKEN_FILE in place of SECRET_TOKEN.
Environment with_token_file(const std::string& path) {
  return {
      {"DATABASE_URL", "postgresql://localhost/x"}, {"RABBITMQ_URL", "amqp://localhost"}, {"SECRET_TOKEN_FILE", path}};
}

std::string config_error(const Environment& environment, esteira::runtime::Program program = kApi) {
  try {
    const Config config(program, environment);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

/// The error for a file with this content, which the error must not repeat.
std::string error_for(const std::string& content) {
  const SecretVolume volume{{"token", content}};
  auto error = config_error(with_token_file(volume.path_of("token")));
  CHECK_THAT(error, Catch::StartsWith("SECRET_TOKEN_FILE: ") && !Contains("hush") && !Contains("\n"));
  return error;
}

/// Files are opened as another user meanwhile: root may read every file.
struct AsNobody {
  AsNobody() { setfsuid(65534); }
  ~AsNobody() { setfsuid(former); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  const uid_t former = geteuid();
};

}  // namespace

TEST_CASE("a secret setting is read from the file that NAME_FILE names, without the newlines at its end") {
  const auto* ending = GENERATE("", "\n", "\r\n", "\n\n");
  const SecretVolume volume{{"token", std::string("first, second").append(ending)}};
  const Config config(kApi, with_token_file(volume.path_of("token")));
  CHECK(config.secrets("SECRET_TOKEN") == std::vector<std::string>{"first", "second"});
  CHECK(config.has("SECRET_TOKEN"));
  CHECK(config.is_from_file("SECRET_TOKEN"));
  CHECK_FALSE(config.is_from_file("DATABASE_URL"));
}

TEST_CASE("every secret setting has a file, for each program that reads it") {
  const SecretVolume volume{{"url", "amqp://u:hush@localhost\n"}, {"tokens", "shop:hush\n"}};
  const auto program = GENERATE(kApi, kHost, kCli);
  const Config config(program, {{"DATABASE_URL_FILE", volume.path_of("url")},
                                {"RABBITMQ_URL_FILE", volume.path_of("url")},
                                {"RABBITMQ_MANAGEMENT_URL_FILE", volume.path_of("url")},
                                {"REDIS_URL_FILE", volume.path_of("url")},
                                {"SECRET_TOKEN_FILE", volume.path_of("tokens")},
                                {"ESTEIRA_CLIENT_TOKENS_FILE", volume.path_of("tokens")},
                                {"ESTEIRA_PLUGIN", "enrich"}});
  for (const auto& setting : esteira::runtime::setting_catalogue()) {
    if ((setting.programs & program) == 0) continue;
    INFO(setting.name);
    CHECK(config.is_from_file(setting.name) == esteira::runtime::is_secret(setting.kind));
  }
  CHECK(config.text("RABBITMQ_URL") == "amqp://u:hush@localhost");
}

TEST_CASE("a secret setting is refused when it is set twice") {
  const SecretVolume volume{{"token", "hush"}};
  auto environment = with_token_file(volume.path_of("token"));
  environment["SECRET_TOKEN"] = "hush";
  CHECK(config_error(environment) == "SECRET_TOKEN and SECRET_TOKEN_FILE are both set; remove one");
  environment["SECRET_TOKEN"] = "";
  CHECK(config_error(environment).empty());
}

TEST_CASE("an empty NAME_FILE counts as not set") {
  CHECK_THAT(config_error(with_token_file("")),
             Catch::StartsWith("SECRET_TOKEN is required") && Contains("SECRET_TOKEN_FILE"));
}

TEST_CASE("a secret file that cannot be used is refused with a remedy and without its content") {
  CHECK_THAT(error_for(""), Contains("is empty"));
  CHECK_THAT(error_for("\n"), Contains("is empty"));
  CHECK_THAT(error_for(std::string("hush\0hush", 9)), Contains("not UTF-8 text"));
  CHECK_THAT(error_for("hush\xff\xfe"), Contains("not UTF-8 text"));
  CHECK_THAT(error_for("hush\nhush"), Contains("tokens of visible ASCII"));
  CHECK_THAT(error_for("hush" + std::string(65'536, 'x')), Contains("larger than 64 KiB"));
}

TEST_CASE("a secret file that is missing, a directory or no regular file is refused without its path") {
  const SecretVolume volume{{"token", "hush"}};
  CHECK_THAT(config_error(with_token_file(volume.path_of("gone"))), Contains("there is no such file"));
  CHECK_THAT(config_error(with_token_file(volume.path_of("token/below"))), Contains("there is no such file"));
  CHECK_THAT(config_error(with_token_file(volume.path_of("."))), Contains("it is a directory"));
  CHECK_THAT(config_error(with_token_file("/dev/zero")), Contains("not a regular file"));
  const auto fifo = volume.path_of("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THAT(config_error(with_token_file(fifo)), Contains("not a regular file"));
  // The secret itself, in the wrong variable.
  CHECK_THAT(config_error({{"DATABASE_URL_FILE", "postgresql://u:hush@localhost/x"}}),
             Catch::StartsWith("DATABASE_URL_FILE: there is no such file") && !Contains("hush"));
}

TEST_CASE("a secret file that the user may not read is refused") {
  const SecretVolume volume{{"token", "hush"}};
  REQUIRE(chmod(volume.path_of("token").c_str(), 0) == 0);
  const AsNobody as_nobody;
  CHECK_THAT(config_error(with_token_file(volume.path_of("token"))), Contains("may not be read"));
}

TEST_CASE("NAME_FILE of a setting that is not secret is unknown") {
  auto environment = with_token_file("/dev/null");
  environment["ESTEIRA_LISTEN_FILE"] = "/dev/null";
  CHECK_THAT(config_error(environment), Catch::StartsWith("ESTEIRA_LISTEN_FILE is not a setting"));
  CHECK_THAT(config_error({{"ESTEIRA_CLIENT_TOKEN_FILE", "x"}}), Contains("did you mean ESTEIRA_CLIENT_TOKENS_FILE?"));
}

TEST_CASE("the help names the file variable of each secret setting") {
  const auto help = esteira::runtime::describe_settings(kApi);
  for (const auto* variable : {"DATABASE_URL_FILE", "RABBITMQ_URL_FILE", "REDIS_URL_FILE", "SECRET_TOKEN_FILE",
                               "ESTEIRA_CLIENT_TOKENS_FILE"}) {
    CHECK_THAT(help, Contains(std::string("[or ").append(variable).append("]")));
  }
  CHECK_THAT(help, !Contains("ESTEIRA_LISTEN_FILE"));
}

TEST_CASE("a list of secrets is read again from its file") {
  SecretVolume volume{{"token", "first\n"}};
  const Config config(kApi, with_token_file(volume.path_of("token")));
  volume.update("token", "second\n");
  CHECK(config.secrets_now("SECRET_TOKEN") == std::vector<std::string>{"second"});
  CHECK(config.secrets("SECRET_TOKEN") == std::vector<std::string>{"first"});
  CHECK(config.secrets_now("ESTEIRA_CLIENT_TOKENS").empty());
  volume.update("token", "");
  CHECK_THROWS_WITH(config.secrets_now("SECRET_TOKEN"), Contains("SECRET_TOKEN_FILE: the file is empty"));
}
