#include "runtime/amqp/installation_mark.hpp"

#include <catch2/catch.hpp>

#include "tests/support/broker.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"

namespace {

using Catch::Contains;
using esteira::runtime::amqp::BrokerUrl;
using esteira::runtime::amqp::InstallationMark;

constexpr auto kFirst = "11111111-1111-4111-8111-111111111111";
constexpr auto kSecond = "22222222-2222-4222-8222-222222222222";

struct SharedBroker {
  ~SharedBroker() {
    broker.remove_exchange(exchange);
    broker.remove_exchange(exchange + "-2");
  }
  static InstallationMark mark(const std::string& exchange, const std::string& id) {
    return {BrokerUrl::parse(esteira::test::rabbitmq_url()), exchange, id, "shop"};
  }
  const std::string exchange = esteira::test::unique_name("marked");
  esteira::test::Broker broker;
};

}  // namespace

TEST_CASE_METHOD(SharedBroker, "a broker belongs to the installation that marks it first") {
  CHECK(mark(exchange, kFirst).make_or_compare().empty());
  CHECK(mark(exchange, kFirst).make_or_compare().empty());
  CHECK_THAT(mark(exchange, kSecond).make_or_compare(),
             Contains("belongs to installation " + std::string(kFirst).substr(0, 18)) &&
                 Contains("the database shop") && Contains(kSecond) && Contains("esteira claim"));
  CHECK(mark(exchange, kSecond).compare() == mark(exchange, kSecond).make_or_compare());
}

TEST_CASE_METHOD(SharedBroker, "installations with exchanges of their own share a vhost") {
  CHECK(mark(exchange, kFirst).make_or_compare().empty());
  CHECK(mark(exchange + "-2", kSecond).make_or_compare().empty());
}

TEST_CASE_METHOD(SharedBroker, "comparing marks nothing") {
  CHECK(mark(exchange, kFirst).compare().empty());
  CHECK(mark(exchange, kSecond).make_or_compare().empty());
}

TEST_CASE_METHOD(SharedBroker, "a claimed broker belongs to the other installation") {
  CHECK(mark(exchange, kFirst).make_or_compare().empty());
  mark(exchange, kSecond).replace();
  CHECK(mark(exchange, kSecond).make_or_compare().empty());
  CHECK_FALSE(mark(exchange, kFirst).make_or_compare().empty());
}
