#include "runtime/config/service_link.hpp"

#include <catch2/catch.hpp>

using esteira::runtime::is_service_link;

TEST_CASE("every variable that Kubernetes sets for a Service is a service link") {
  CHECK(is_service_link("ENRICH_METRICS_SERVICE_HOST", "10.0.0.11"));
  CHECK(is_service_link("ENRICH_METRICS_SERVICE_HOST", "fd00::1"));
  CHECK(is_service_link("ENRICH_METRICS_SERVICE_PORT", "9090"));
  CHECK(is_service_link("ENRICH_METRICS_SERVICE_PORT_HTTP_METRICS", "9090"));
  CHECK(is_service_link("ENRICH_METRICS_PORT", "tcp://10.0.0.11:9090"));
  CHECK(is_service_link("ENRICH_METRICS_PORT", "udp://[fd00::1]:53"));
  CHECK(is_service_link("ENRICH_METRICS_PORT_9090_TCP", "tcp://10.0.0.11:9090"));
  CHECK(is_service_link("ENRICH_METRICS_PORT_9090_TCP_PROTO", "tcp"));
  CHECK(is_service_link("ENRICH_METRICS_PORT_9090_TCP_PORT", "9090"));
  CHECK(is_service_link("ENRICH_METRICS_PORT_9090_TCP_ADDR", "10.0.0.11"));
  CHECK(is_service_link("ESTEIRA_PORT_SCAN_PORT_53_UDP", "udp://10.0.0.11:53"));
}

TEST_CASE("a variable with the name of a service link and another value is no service link") {
  CHECK_FALSE(is_service_link("ENRICH_SUPPLIER_PORT", "9090"));
  CHECK_FALSE(is_service_link("ENRICH_SUPPLIER_PORT", "http://10.0.0.11:9090"));
  CHECK_FALSE(is_service_link("ENRICH_SUPPLIER_PORT", "tcp://supplier:9090"));
  CHECK_FALSE(is_service_link("ENRICH_SUPPLIER_PORT", "tcp://10.0.0.11:0"));
  CHECK_FALSE(is_service_link("ENRICH_SUPPLIER_SERVICE_HOST", "supplier"));
  CHECK_FALSE(is_service_link("ENRICH_SUPPLIER_SERVICE_PORT", "many"));
  CHECK_FALSE(is_service_link("ENRICH_PORT_9090_HTTP", "tcp://10.0.0.11:9090"));
  CHECK_FALSE(is_service_link("ENRICH_PORT_X_TCP", "tcp://10.0.0.11:9090"));
  CHECK_FALSE(is_service_link("ENRICH_PORT_9090_TCP_NAME", "x"));
}

TEST_CASE("an empty name or value is no service link") {
  CHECK_FALSE(is_service_link("", ""));
  CHECK_FALSE(is_service_link("ENRICH_PORT", ""));
  CHECK_FALSE(is_service_link("ENRICH_SERVICE_HOST", ""));
}
