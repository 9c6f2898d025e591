#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

using esteira::test::Pipeline;
using esteira::test::Servers;
using esteira::test::wait_until;
using std::chrono::seconds;

namespace {

/// Much longer than a killed node needs to come back or another one to take over.
constexpr seconds kFailoverTimeout{60};

struct QueueState {
  std::string leader;
  std::size_t members = 0;
  std::size_t online = 0;
};

/// The queues as the node `via` sees them.
std::map<std::string, QueueState> queue_states(Servers& brokers, const std::string& via) {
  const auto text = brokers.rabbitmqctl(
      {"-n", via + "@localhost", "--formatter", "json", "list_queues", "name", "leader", "members", "online"});
  std::map<std::string, QueueState> states;
  for (const auto& queue : nlohmann::json::parse(text)) {
    states[queue.at("name")] = {queue.at("leader"), queue.at("members").size(), queue.at("online").size()};
  }
  return states;
}

bool all_have_three_members(Servers& brokers, const std::string& via) {
  const auto states = queue_states(brokers, via);
  return !states.empty() && std::all_of(states.begin(), states.end(), [](const auto& named) {
    return named.second.members == 3 && named.second.online == 3;
  });
}

/// Places orders one after the other on its own thread. It uses only `place` of the pipeline.
class Load {
 public:
  explicit Load(Pipeline& pipeline)
      : ids_(std::async(std::launch::async, [this, &pipeline] { return run(pipeline); })) {}
  ~Load() { stopping_ = true; }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Returns the ids of the placed orders. Throws when one was not accepted.
  std::vector<std::string> stop() {
    stopping_ = true;
    return ids_.get();
  }

 private:
  std::vector<std::string> run(Pipeline& pipeline) {
    std::vector<std::string> ids;
    for (; !stopping_; std::this_thread::sleep_for(std::chrono::milliseconds(10))) ids.push_back(pipeline.place());
    return ids;
  }

  std::atomic<bool> stopping_ = false;
  std::future<std::vector<std::string>> ids_;
};

/// The longest time between two completed orders, in seconds.
double longest_gap_seconds(Pipeline& pipeline) {
  return std::stod(
      pipeline.database().value("select max(extract(epoch from pause)) from (select created_at - lag(created_at) over "
                                "(order by created_at) as pause "
                                "from order_events where stage = 'finalize' and outcome = 'done') as pauses"));
}

void check_each_effect_once(Pipeline& pipeline, std::size_t orders) {
  CHECK(pipeline.database().value("select count(*) from orders where status = 'completed'") == std::to_string(orders));
  CHECK(pipeline.database().value("select count(*) from order_events where outcome <> 'accepted'") ==
        std::to_string(orders * 3));
}

}  // namespace

TEST_CASE("a RabbitMQ cluster loses no order when its queue leaders are killed one after the other") {
  Servers brokers("cluster", {"rabbitmq1", "rabbitmq2", "rabbitmq3"});
  // A node that is down when a queue is declared becomes a member when it comes back.
  brokers.kill("rabbitmq1");
  Pipeline pipeline(Pipeline::Settings{{"RABBITMQ_URL", brokers.rabbitmq_url()}});
  Load load(pipeline);
  brokers.start("rabbitmq1");
  REQUIRE(wait_until([&] { return all_have_three_members(brokers, "rabbitmq1"); }, kFailoverTimeout));

  std::vector<std::string> probes;
  for (int kill = 0; kill < 2; ++kill) {
    const auto leader = queue_states(brokers, "rabbitmq1").at(pipeline.queue("enrich")).leader;
    const auto victim = leader.substr(0, leader.find('@'));
    CAPTURE(victim);
    brokers.kill(victim);
    probes.push_back(pipeline.place());
    REQUIRE(pipeline.reaches(probes.back(), "completed"));
    brokers.start(victim);
    REQUIRE(wait_until([&] { return all_have_three_members(brokers, victim); }, kFailoverTimeout));
  }
  const auto ids = load.stop();
  CHECK(pipeline.all_reach(ids, "completed"));
  check_each_effect_once(pipeline, ids.size() + probes.size());
  CHECK(longest_gap_seconds(pipeline) < 30);
}
