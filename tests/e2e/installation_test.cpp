#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::test::Pipeline;
using esteira::test::Process;
using esteira::test::TestDatabase;
using esteira::test::wait_until;

namespace {

/// A second database, which is another installation, as programs with one wrong address meet it.
struct OtherInstallation {
  OtherInstallation() { other.execute("update installation set id = gen_random_uuid()"); }

  [[nodiscard]] Pipeline::Settings settings() const { return {{"DATABASE_URL", other.url()}}; }
  std::string run(const std::vector<std::string>& arguments, const std::string& database_url) {
    Process process(esteira::test::build_dir() / "bin" / "esteira", arguments,
                    {{"DATABASE_URL", database_url},
                     {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
                     {"ESTEIRA_EXCHANGE", pipeline.exchange()}});
    const auto code = process.wait();
    return std::to_string(code.value_or(-1)) + '\n' + process.output();
  }

  Pipeline pipeline;
  TestDatabase other;
};

}  // namespace

TEST_CASE_METHOD(OtherInstallation, "a host with the database of another installation ends with one line") {
  const auto mine = pipeline.database().value("select id from installation");
  pipeline.launch("enrich-2", settings());
  CHECK(pipeline.program("enrich-2").wait() == 1);
  CHECK_THAT(pipeline.program("enrich-2").output(),
             Contains("belongs to installation " + mine.substr(0, 18)) && Contains("esteira claim"));
  CHECK(other.value("select count(*) from registered_stages") == "0");
  CHECK(pipeline.reaches(pipeline.place(), "completed"));
}

TEST_CASE_METHOD(OtherInstallation, "an API with the broker of another installation publishes nothing until a claim") {
  pipeline.launch("api-2", settings());
  const auto port = [&] { return pipeline.port("api-2"); };
  pipeline.await_port("api-2");
  const auto readiness = [&] { return esteira::test::http_request(port(), "GET", "/readyz").body; };
  CHECK(wait_until([&] { return readiness().find("belongs to installation") != std::string::npos; }));
  CHECK_THAT(run({"doctor"}, other.url()), Contains("FAIL  installation: the exchange " + pipeline.exchange()));
  CHECK_THAT(run({"doctor"}, pipeline.database().url()), Contains("ok    installation"));
  CHECK_THAT(run({"claim", "--yes"}, other.url()), Catch::StartsWith("0\nclaimed the exchange"));
  CHECK(wait_until([&] { return esteira::test::http_request(port(), "GET", "/readyz").status == 200; }));
}
