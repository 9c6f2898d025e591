#include <catch2/catch.hpp>
#include <string>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/cache/redis_url.hpp"
#include "runtime/config/config.hpp"
#include "tests/support/secret_volume.hpp"

using Catch::Contains;
using esteira::runtime::Config;
using esteira::runtime::ConfigError;
using esteira::runtime::Environment;
using esteira::runtime::kCli;
using esteira::runtime::amqp::BrokerUrl;
using esteira::runtime::cache::RedisUrl;
using esteira::test::SecretVolume;

namespace {

constexpr auto kCertificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

std::string ca_file_error(const std::string& setting, const std::string& path) {
  try {
    const Config config(kCli, {{setting, path}});
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a CA file belongs to the URL whose scheme asks for TLS") {
  const SecretVolume volume{{"ca.crt", kCertificate}};
  const auto file = volume.path_of("ca.crt");
  const Config tls(kCli, {{"RABBITMQ_URL", "amqps://rabbit"},
                          {"RABBITMQ_CA_FILE", file},
                          {"REDIS_URL", "rediss://cache"},
                          {"REDIS_CA_FILE", file}});
  CHECK(BrokerUrl::read(tls).ca_file == file);
  CHECK(RedisUrl::read(tls).ca_file == file);
  const Config system_store(kCli, {{"RABBITMQ_URL", "amqps://rabbit"}, {"REDIS_URL", "rediss://cache"}});
  CHECK(BrokerUrl::read(system_store).ca_file.empty());
  CHECK(RedisUrl::read(system_store).ca_file.empty());
}

TEST_CASE("a CA file beside a URL without TLS is refused, because nothing would be verified") {
  const SecretVolume volume{{"ca.crt", kCertificate}};
  const auto file = volume.path_of("ca.crt");
  const Config plain(kCli, {{"RABBITMQ_URL", "amqp://rabbit"},
                            {"RABBITMQ_CA_FILE", file},
                            {"REDIS_URL", "redis://cache"},
                            {"REDIS_CA_FILE", file}});
  CHECK_THROWS_WITH(BrokerUrl::read(plain), Contains("RABBITMQ_CA_FILE") && Contains("write amqps://"));
  CHECK_THROWS_WITH(RedisUrl::read(plain), Contains("REDIS_CA_FILE") && Contains("write rediss://"));
}

TEST_CASE("a CA file that cannot be used is refused at the start") {
  const auto setting = GENERATE("RABBITMQ_CA_FILE", "REDIS_CA_FILE");
  const SecretVolume volume{{"ca.crt", kCertificate}, {"ca.key", "-----BEGIN PRIVATE KEY-----\n"}};
  CHECK(ca_file_error(setting, volume.path_of("ca.crt")).empty());
  CHECK(ca_file_error(setting, "").empty());
  CHECK_THAT(ca_file_error(setting, volume.path_of("gone")), Catch::StartsWith(setting) && Contains("no such file"));
  CHECK_THAT(ca_file_error(setting, volume.path_of(".")), Contains("it is a directory"));
  CHECK_THAT(ca_file_error(setting, volume.path_of("ca.key")), Contains("without a certificate"));
}
