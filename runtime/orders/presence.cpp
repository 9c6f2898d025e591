#include "runtime/orders/presence.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

using std::chrono::milliseconds;

constexpr const char* kReport = R"(
insert into stage_hosts (instance, exchange, stage, in_flight, oldest_seconds)
values ($1::uuid, $2, $3, $4::integer, $5::double precision)
on conflict on constraint stage_hosts_pk do update
set exchange = excluded.exchange, stage = excluded.stage, in_flight = excluded.in_flight,
    oldest_seconds = excluded.oldest_seconds, seen_at = now())";

/// Written only when it says something new.
constexpr const char* kRemember = R"(
insert into known_stages as k (exchange, stage, retry_delays, consumes) values ($1, $2, $3::bigint[], array[$4])
on conflict on constraint known_stages_pk do update
set retry_delays = array(select distinct unnest(k.retry_delays || excluded.retry_delays) order by 1),
    consumes = array(select distinct unnest(k.consumes || excluded.consumes) order by 1)
where not (k.retry_delays @> excluded.retry_delays and k.consumes @> excluded.consumes))";

/// A few thousand lines of the timeline name every stage that is in use, also where no host has ever said so.
constexpr const char* kKnown = R"(
select s.stage, coalesce(array_to_string(k.retry_delays, ','), '')
from (select stage from known_stages where exchange = $1
      union
      select distinct stage from (select stage from order_events where outcome <> 'accepted' limit 10000) recent) s
left join known_stages k on k.exchange = $1 and k.stage = s.stage
order by s.stage)";

constexpr const char* kHands = R"(
select count(*), coalesce(sum(in_flight), 0), coalesce(extract(epoch from now() - min(seen_at)), 0)::double precision
from stage_hosts where exchange = $1 and seen_at > now() - interval '30 seconds')";

std::vector<milliseconds> read_delays(std::string_view text) {
  std::vector<milliseconds> delays;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(','));
    std::int64_t delay = 0;
    std::from_chars(part.data(), part.data() + part.size(), delay);
    delays.emplace_back(delay);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return delays;
}

}  // namespace

void remember_stage(postgres::Session& session, const StageRecord& record) {
  postgres::ArrayLiteral delays;
  for (const auto delay : record.retry_delays) delays.add(std::int64_t{delay.count()});
  session.transact([&](pqxx::work& work) {
    work.exec_params0(kRemember, record.exchange, record.stage, delays.str(), record.consumes);
  });
}

void report_presence(postgres::Session& session, const Presence& presence) {
  session.transact([&](pqxx::work& work) {
    work.exec_params0(kReport, presence.instance, presence.exchange, presence.stage, presence.in_flight,
                      presence.oldest_seconds);
  });
}

void withdraw_presence(postgres::Session& session, const std::string& instance) {
  session.transact(
      [&](pqxx::work& work) { work.exec_params0("delete from stage_hosts where instance = $1::uuid", instance); });
}

std::vector<KnownStage> known_stages(postgres::Session& session, const std::string& exchange) {
  std::vector<KnownStage> stages;
  session.read([&](pqxx::transaction_base& work) {
    stages.clear();
    for (const auto& row : work.exec_params(kKnown, exchange)) {
      stages.push_back({row[0].c_str(), read_delays(row[1].c_str())});
    }
  });
  return stages;
}

Hands count_hands(postgres::Session& session, const std::string& exchange) {
  Hands hands;
  session.read([&](pqxx::transaction_base& work) {
    const auto row = work.exec_params1(kHands, exchange);
    hands = {row[0].as<std::size_t>(), row[1].as<std::size_t>(), row[2].as<double>()};
  });
  return hands;
}

}  // namespace esteira::runtime::orders
