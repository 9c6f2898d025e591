#include "runtime/amqp/broker_url.hpp"

#include <catch2/catch.hpp>

#include "runtime/config/config.hpp"

using esteira::runtime::ConfigError;
using esteira::runtime::amqp::BrokerUrl;

TEST_CASE("a broker URL is parsed into hosts, user, password and vhost") {
  const auto url = BrokerUrl::parse("amqp://ana:secret@rabbit:5673/shop");
  REQUIRE(url.hosts.size() == 1);
  CHECK(url.hosts[0].name == "rabbit");
  CHECK(url.hosts[0].port == 5673);
  CHECK(url.user == "ana");
  CHECK(url.password == "secret");
  CHECK(url.vhost == "shop");
}

TEST_CASE("parts missing in a broker URL have RabbitMQ's defaults") {
  for (const char* text : {"amqp://rabbit", "amqp://rabbit/", "amqp://rabbit/%2F", "amqp://rabbit/%2f"}) {
    const auto url = BrokerUrl::parse(text);
    CHECK(url.hosts.at(0).port == 5672);
    CHECK(url.user == "guest");
    CHECK(url.password == "guest");
    CHECK(url.vhost == "/");
  }
}

TEST_CASE("user, password and vhost of a broker URL are percent-decoded") {
  const auto url = BrokerUrl::parse("amqp://a%40b:p%2Fw%3A%25@rabbit/%2Fsh%20op");
  CHECK(url.user == "a@b");
  CHECK(url.password == "p/w:%");
  CHECK(url.vhost == "/sh op");
}

TEST_CASE("a broker URL may name several hosts of a cluster") {
  const auto url = BrokerUrl::parse("amqp://u:p@a:1,b,[::1]:3/v");
  REQUIRE(url.hosts.size() == 3);
  CHECK(url.hosts[0].port == 1);
  CHECK(url.hosts[1].name == "b");
  CHECK(url.hosts[1].port == 5672);
  CHECK(url.hosts[2].name == "::1");
  CHECK(url.display() == "a:1,b:5672,[::1]:3 vhost v");
}

TEST_CASE("a broker URL may set the heartbeat and the timeout to connect") {
  for (const char* text :
       {"amqp://rabbit/?heartbeat=30&connection_timeout=500", "amqp://rabbit?heartbeat=30&connection_timeout=500"}) {
    const auto url = BrokerUrl::parse(text);
    CHECK(url.vhost == "/");
    CHECK(url.heartbeat == std::chrono::seconds(30));
    CHECK(url.connect_timeout == std::chrono::milliseconds(500));
  }
  CHECK(BrokerUrl::parse("amqp://u:p@rabbit/shop?heartbeat=5").vhost == "shop");
  CHECK_FALSE(BrokerUrl::parse("amqp://rabbit/?").heartbeat);
  CHECK(BrokerUrl::parse("amqp://u:p?x@rabbit/shop?heartbeat=5").password == "p?x");
}

TEST_CASE("an option of a broker URL that has no effect is refused by its name") {
  CHECK_THROWS_WITH(BrokerUrl::parse("amqp://rabbit/?frame_max=131072"),
                    Catch::Contains("the option \"frame_max\" is not supported"));
}

TEST_CASE("an invalid broker URL is refused with an error that does not contain it") {
  for (const char* text : {"",
                           "rabbit",
                           "http://u:hunter2@rabbit/",
                           "amqp://u:hunter2@rab\rbit/",
                           "amqpss://u:hunter2@rabbit/",
                           "amqp://",
                           "amqp://u:hunter2@",
                           "amqp://u:hunter2@rabbit:",
                           "amqp://u:hunter2@rabbit:0",
                           "amqp://u:hunter2@rabbit:65536",
                           "amqp://u:hunter2@rabbit:12x",
                           "amqp://u:hunter2@a,,b",
                           "amqp://u:hunter2@[::1",
                           "amqp://u:hunter2@[::1]5",
                           "amqp://u:hunter2%@rabbit",
                           "amqp://u:hunter2%2@rabbit",
                           "amqp://u:hunter2%zz@rabbit",
                           "amqp://u:hunter2%0a@rabbit",
                           "amqp://:hunter2@rabbit",
                           "amqp://hunter2@rabbit",
                           "amqp://u:hunter2@rabbit/a/b",
                           "amqp://u:hunter2@rabbit/v?heartbeat=0",
                           "amqp://u:hunter2@rabbit/v?heartbeat=301",
                           "amqp://u:hunter2@rabbit/v?heartbeat=10s",
                           "amqp://u:hunter2@rabbit/v?heartbeat",
                           "amqp://u:hunter2@rabbit/v?connection_timeout=",
                           "amqp://u:p@rabbit/v?hunter2=1",
                           "amqp://u:hunter2@rabbit/v?frame_max=1&heartbeat=3",
                           "amqp://u:hunter2#/x@rabbit",
                           "amqp://u:hunter2@rab bit"}) {
    INFO(text);
    try {
      BrokerUrl::parse(text);
      FAIL_CHECK("accepted");
    } catch (const ConfigError& error) {
      const std::string line = error.what();
      CHECK(line.starts_with("RABBITMQ_URL: "));
      CHECK(line.find("hunter2") == std::string::npos);
      CHECK(line.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("the displayed broker URL contains no user and no password") {
  CHECK(BrokerUrl::parse("amqp://ana:secret@rabbit").display() == "rabbit:5672 vhost /");
}

TEST_CASE("a broker URL chooses TLS and its default port by the scheme") {
  const auto url = BrokerUrl::parse("amqps://u:p@a,b:1/v?heartbeat=5");
  CHECK(url.tls);
  CHECK(url.ca_file.empty());
  CHECK(url.display() == "a:5671,b:1 vhost v");
  CHECK_FALSE(BrokerUrl::parse("amqp://a").tls);
}
