#include "runtime/orders/workers/stage_registry.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

using std::chrono::milliseconds;

/// Writes nothing when the row has the key and the delays already.
constexpr const char* kRegister = R"(
insert into registered_stages as r (exchange, stage, retry_delays, binding_keys)
values ($1, $2, $3::bigint[], array[$4])
on conflict on constraint registered_stages_pk do update
set retry_delays = array(select distinct unnest(r.retry_delays || excluded.retry_delays) order by 1),
    binding_keys = array(select distinct unnest(r.binding_keys || excluded.binding_keys) order by 1)
where not (r.retry_delays @> excluded.retry_delays and r.binding_keys @> excluded.binding_keys))";

/// A few thousand events name every stage in use, even one that no host has registered.
constexpr const char* kKnown = R"(
select s.stage, coalesce(array_to_string(r.retry_delays, ','), '') as retry_delays
from (select stage from registered_stages where exchange = $1
      union
      select distinct stage from (select stage from order_events where outcome <> 'accepted' limit 10000) recent) s
left join registered_stages r on r.exchange = $1 and r.stage = s.stage
order by s.stage)";

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

void register_stage(postgres::Session& session, const StageRecord& record) {
  postgres::ArrayLiteral delays;
  for (const auto delay : record.retry_delays) delays.add(std::int64_t{delay.count()});
  session.transact([&](pqxx::work& work) {
    work.exec_params0(kRegister, record.exchange, record.stage, delays.str(), record.binding_key);
  });
}

std::vector<KnownStage> known_stages(postgres::Session& session, const std::string& exchange) {
  std::vector<KnownStage> stages;
  session.read([&](pqxx::transaction_base& work) {
    stages.clear();
    for (const auto& row : work.exec_params(kKnown, exchange)) {
      stages.push_back({row["stage"].c_str(), read_delays(row["retry_delays"].c_str())});
    }
  });
  return stages;
}

}  // namespace esteira::runtime::orders
