// esteira plugin dev: a host that starts anew when the file of its plugin changes.
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/wait.hpp"

namespace {

namespace fs = std::filesystem;
using esteira::test::Pipeline;
using esteira::test::Process;
using esteira::test::wait_until;

/// The file that a build writes, in a folder of its own.
class BuiltPlugin {
 public:
  BuiltPlugin() : folder_(fs::temp_directory_path() / esteira::test::unique_name("esteira_dev")) {
    fs::create_directories(folder_);
    build();
  }
  ~BuiltPlugin() { fs::remove_all(folder_); }
  BuiltPlugin(const BuiltPlugin&) = delete;
  BuiltPlugin& operator=(const BuiltPlugin&) = delete;

  [[nodiscard]] std::string path() const { return folder_ / "probe.so"; }
  /// As a linker does: another file with the same name.
  void build() const {
    fs::remove(path());
    fs::copy_file(esteira::test::build_dir() / "tests" / "plugins" / "probe.so", path());
  }
  void break_it() const {
    fs::remove(path());
    std::ofstream(path()) << "This is text.\n";
  }

 private:
  const fs::path folder_;
};

std::map<std::string, std::string> settings_for(Pipeline& pipeline) {
  return {{"DATABASE_URL", pipeline.database().url()},
          {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
          {"ESTEIRA_EXCHANGE", pipeline.exchange()},
          {"ESTEIRA_STAGE", "enrich"},
          {"ESTEIRA_CONSUMES", "order.enrichment.requested"},
          {"ESTEIRA_PUBLISHES", "order.enriched"},
          {"ESTEIRA_RETRY_DELAYS", "50ms,100ms"},
          {"ESTEIRA_LOG_FORMAT", "json"},
          {"ENRICH_HANG", "1h"}};
}

/// A handler of the plugin waits until its host stops: its message is in flight.
bool is_in_flight(const Process& dev) {
  return wait_until([&] { return dev.output().find(R"("knob":"HANG")") != std::string::npos; });
}

}  // namespace

TEST_CASE("plugin dev starts its host anew when the file changes, and messages in flight come back") {
  Pipeline pipeline;
  pipeline.program("enrich").signal(SIGTERM);
  REQUIRE(pipeline.program("enrich").wait() == 0);
  const BuiltPlugin plugin;
  Process dev(esteira::test::build_dir() / "bin" / "esteira", {"plugin", "dev", plugin.path()}, settings_for(pipeline));

  const auto in_flight = pipeline.place({"HANG"});
  INFO(dev.output());
  REQUIRE(is_in_flight(dev));
  plugin.break_it();
  REQUIRE(wait_until([&] { return dev.output().find("not a shared library") != std::string::npos; }));
  REQUIRE(
      wait_until([&] { return dev.output().find("the host has ended; it starts again when") != std::string::npos; }));
  CHECK(pipeline.order(in_flight).at("status") == "processing");

  plugin.build();
  CHECK(pipeline.reaches(pipeline.place({"DONE"}), "completed"));
  CHECK(pipeline.database().value("select count(*) from order_events where outcome in ('retry', 'failed')") == "0");
  dev.signal(SIGTERM);
  CHECK(dev.wait(std::chrono::seconds(40)) == 0);
  pipeline.start("enrich");
  CHECK(pipeline.reaches(in_flight, "completed"));
}
