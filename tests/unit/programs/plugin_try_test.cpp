// esteira plugin try: an author tries a plugin without any server.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/process.hpp"

using Catch::Contains;
using Catch::StartsWith;

namespace {

namespace fs = std::filesystem;

/// A file of orders, removed at the end.
class OrderFile {
 public:
  explicit OrderFile(const std::string& text) : path_(fs::temp_directory_path() / esteira::test::unique_name("try")) {
    std::ofstream(path_) << text;
  }
  ~OrderFile() { fs::remove(path_); }
  OrderFile(const OrderFile&) = delete;
  OrderFile& operator=(const OrderFile&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  const fs::path path_;
};

struct Ended {
  int code = -1;
  std::string output;
};

Ended try_plugin(const std::string& plugin, std::vector<std::string> arguments,
                 const std::map<std::string, std::string>& environment = {}) {
  const auto path = esteira::test::build_dir() / "tests" / "plugins" / (plugin + ".so");
  arguments.insert(arguments.begin(), {"plugin", "try", path.string()});
  esteira::test::Process process(esteira::test::build_dir() / "bin" / "esteira", arguments, environment);
  const auto code = process.wait();
  return {code.value_or(-1), process.output()};
}

/// An order whose first SKU tells the probe what to do.
std::string order_for(const std::string& knob) {
  return R"({"customer_id":"123","items":[{"sku":")" + knob + R"(","qty":2,"unit_price":"12.50"}]})";
}

Ended try_knob(const std::string& plugin, const std::string& knob, std::vector<std::string> more = {}) {
  const OrderFile file(order_for(knob));
  more.insert(more.end(), {"--order", file.path()});
  return try_plugin(plugin, more, {{"PROBE_HANG", "10s"}});
}

}  // namespace

TEST_CASE("a tried plugin shows outcome, data, event, status, logs, counters and time") {
  const auto ended = try_knob("probe", "DONE");
  INFO(ended.output);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output,
             StartsWith("outcome      done\n") && Contains(R"(data         {"stage":"probe","attempt":1})"));
  CHECK_THAT(ended.output, Contains("publishes    order.probed\n") && Contains("status       processing\n"));
  CHECK_THAT(ended.output, Contains("time         ") && Contains("log          info probe knob=DONE\n"));
  CHECK_THAT(ended.output, Contains("counter      probed 1\n"));
}

TEST_CASE("a tried plugin may set the total and the event") {
  CHECK_THAT(try_knob("probe", "TOTAL").output, Contains("total        12.34\n"));
  CHECK_THAT(try_knob("probe", "DETOUR").output, Contains("publishes    order.detour\n"));
}

TEST_CASE("a tried plugin that does not finish the order ends with 1 and its reason") {
  const auto [knob, outcome, reason] = GENERATE(table<std::string, std::string, std::string>({
      {"RETRY", "retry", "the probe was told to retry"},
      {"FAIL", "fail", "the probe was told to fail"},
      {"THROW", "retry", "the probe was told to throw"},
      {"THROW-INT", "retry", "something that is not a std::exception"},
      {"BAD-DATA", "retry", "JSON"},
  }));
  const auto* const plugin = GENERATE("probe", "async_probe");
  const auto ended = try_knob(plugin, knob);
  INFO(plugin << ": " << ended.output);
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, StartsWith("outcome      " + outcome + "\n") && Contains(reason));
}

TEST_CASE("a tried plugin that refuses an order shows what follows") {
  CHECK_THAT(try_knob("probe", "FAIL").output, Contains("publishes    nothing: its message is a dead letter\n"));
}

TEST_CASE("a tried plugin that snoozes ends with 1, its reason and its delay") {
  const auto ended = try_knob("probe", "SNOOZE-ON");
  INFO(ended.output);
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, StartsWith("outcome      snooze\n") && Contains("reason       the probe waits\n") &&
                               Contains("delay        0.050 s\n"));
}

TEST_CASE("a tried plugin has the attempt, the stage and the time of the command line") {
  CHECK(try_knob("probe", "FLAKY").code == 1);
  const auto second = try_knob("probe", "FLAKY", {"--attempt", "2", "--stage", "other"});
  INFO(second.output);
  CHECK(second.code == 0);
  CHECK_THAT(second.output, Contains(R"({"stage":"other","attempt":2})"));
  const auto late = try_knob("probe", "HANG", {"--timeout", "50ms"});
  CHECK(late.code == 1);
  CHECK_THAT(late.output, Contains("the probe hung"));
}

TEST_CASE("many tried orders give a line each and a sum") {
  const OrderFile file(order_for("DONE") + "\n\n" + order_for("FAIL") + "\n" + order_for("RETRY") + "\n");
  const auto ended = try_plugin("async_probe", {"--all", file.path()});
  INFO(ended.output);
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, StartsWith("done ") && Contains("\nfail ") && Contains("\nretry "));
  CHECK_THAT(ended.output, Catch::EndsWith("3 orders: 1 done, 1 retry, 1 fail, 0 snooze\n"));
  const OrderFile good(order_for("DONE") + "\n" + order_for("TOTAL"));
  CHECK(try_plugin("probe", {"--all", good.path()}).code == 0);
}

TEST_CASE("a trial whose orders cannot be read says why in one line") {
  const auto [option, content, text] = GENERATE(table<std::string, std::string, std::string>({
      {"--order", R"({"customer_id":"1",)", "the order is not valid JSON at byte 20"},
      {"--order", "{}", "customer_id"},
      {"--order", "[]", "the order is not a JSON object"},
      {"--order", "", "the order is not valid JSON"},
      {"--all", order_for("DONE") + "\n{\n", "line 2: the order is not valid JSON"},
      {"--all", "\n\n", "has no order"},
  }));
  const OrderFile file(content);
  const auto ended = try_plugin("probe", {option, file.path()});
  INFO(ended.output);
  CHECK(ended.code == 2);
  CHECK_THAT(ended.output, StartsWith("esteira: ") && Contains(text));
  CHECK(std::ranges::count(ended.output, '\n') == 1);
}

TEST_CASE("a trial with a wrong command line says why in one line") {
  const auto [arguments, text] = GENERATE(table<std::string, std::string>({
      {"", "give either --order FILE or --all FILE"},
      {"--order=a --all=b", "give either --order FILE or --all FILE"},
      {"--order=/nowhere.json", "/nowhere.json is no file"},
      {"--order=/tmp", "/tmp is no file"},
      {"--order=/dev/null", "the order is not valid JSON"},
      {"--order=a --stage=NO", "--stage should be a name"},
      {"--order=a --attempt=0", "--attempt"},
      {"--order=a --attempt=4294967297", "--attempt should be at most 1000"},
  }));
  std::istringstream words(arguments);
  const auto ended = try_plugin("probe", {std::istream_iterator<std::string>(words), {}});
  INFO(ended.output);
  CHECK(ended.code == 2);
  CHECK_THAT(ended.output, StartsWith("esteira: ") && Contains(text));
  CHECK(std::ranges::count(ended.output, '\n') == 1);
}

TEST_CASE("a plugin or setting that does not fit ends the trial in one line") {
  const OrderFile good(order_for("DONE"));
  const auto [plugin, environment, text] =
      GENERATE(table<std::string, std::map<std::string, std::string>, std::string>({
          {"newer_abi", {}, "99"},
          {"throws_in_constructor", {{"THROWING_WAREHOUSE", "x"}}, "no warehouse is configured"},
          {"probe", {{"PROBE_SLOW", "soon"}}, "PROBE_SLOW"},
          {"probe", {{"PROBE_SLO", "1s"}}, "did you mean PROBE_SLOW?"},
      }));
  const auto ended = try_plugin(plugin, {"--order", good.path()}, environment);
  INFO(ended.output);
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, StartsWith("esteira: ") && Contains(text));
  CHECK(std::ranges::count(ended.output, '\n') == 1);
}

TEST_CASE("a tried plugin hears that its order is to be cancelled") {
  const std::string plugin = GENERATE("probe", "async_probe");
  const auto ended = try_knob(plugin, "GIVE-UP", {"--cancelled"});
  INFO(ended.output);
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, StartsWith("outcome      snooze\n") && Contains("the order is cancelled"));
}
