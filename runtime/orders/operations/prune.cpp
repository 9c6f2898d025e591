#include "runtime/orders/operations/prune.hpp"

#include <algorithm>

#include "runtime/orders/operations/audit.hpp"
#include "runtime/orders/operations/refusals.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

/// $1 the last id, $2 the size of the page, $3 the cutoff, $4 the idle stages, $5 the optional events. A stage that was
/// never bound to a key, or is bound to a pattern, may receive any event.
std::string page_statement() {
  return std::string(R"(
with page as materialized (
  select id, created_at from orders where id > $1::uuid order by id limit $2::bigint
), ended as materialized (
  select o.id, o.created_at from orders o
  where o.id in (select id from page) and o.updated_at < $3::timestamptz
    and not exists (select from order_events e where e.order_id = o.id and e.created_at >= $3::timestamptz)
    and not exists (select from outbox x where x.order_id = o.id)
    and not exists (select from scheduled_messages m where m.order_id = o.id)
    and not exists (select from dead_letter_messages m where m.order_id = o.id)
    and o.status >= 'completed'
    and (o.status = 'completed' or not exists (
        select from order_events f
        where f.order_id = o.id and f.redrive = o.redrives and f.entry_kind = 'result' and f.outcome = 'failed'
          and f.routing_key is null
          and not exists (select from order_events p where p.order_id = o.id and p.stage = f.stage
                                                       and p.redrive = f.redrive and p.entry_kind = 'purged')))
    and (o.status = 'failed' and not )")
      .append(kIsRefused)
      .append(R"( or not exists (
        select from registered_stages s
        left join unnest(s.bound_keys) as key on true
        where s.stage <> all ($4::text[])
          and (key is null or key = '' or key ~ '[*#]'
               or exists (select from order_events e where e.order_id = o.id and e.routing_key = key))
          and not exists (select from order_events r where r.order_id = o.id and r.stage = s.stage
                                                       and r.entry_kind = 'result')))
    and (o.status = 'completed' or not exists (
        select from order_events e where e.order_id = o.id and ()")
      .append(is_unanswered("$5"))
      .append(R"( or )")
      .append(is_cancelled_or_refused())
      .append(" and ")
      .append(kIsPendingRedrive)
      .append(R"()))
))");
}

/// An idempotency key has the time of its order, because one statement writes both.
constexpr const char* kDelete = R"(
, locked as materialized (
  select o.id, o.created_at from orders o
  where o.id in (select id from ended) and o.updated_at < $3::timestamptz order by o.id for update skip locked
), deleted_keys as (
  delete from idempotency_keys k using locked l where k.created_at = l.created_at and k.order_id = l.id
), deleted_items as (
  delete from order_items where order_id in (select id from locked)
), deleted_enrichments as (
  delete from order_enrichments where order_id in (select id from locked)
), deleted_events as (
  delete from order_events where order_id in (select id from locked)
), deleted_candidates as (
  delete from poison_candidates where order_id in (select id from locked)
), pruned as (
  delete from orders where id in (select id from locked) returning id
))";

constexpr const char* kCount = ", pruned as (select id from ended)";

constexpr const char* kResult = R"(
select (select count(*) from pruned) as pruned, coalesce((select id::text from page order by id desc limit 1), '') as last_id,
       not exists (select from page where created_at < $3::timestamptz) as are_recent,
       lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') as time_now)";

constexpr const char* kFirstId = "00000000-0000-0000-0000-000000000000";
constexpr std::size_t kVersionDigit = 14;

/// Whether the id begins with the time at which it was made (UUID version 7).
bool begins_with_time(const std::string& id) { return id.size() > kVersionDigit && id[kVersionDigit] == '7'; }

/// The lowest id that begins with this time, of 12 hexadecimal digits.
std::string first_id_at(const std::string& time) {
  return time.substr(0, 8).append("-").append(time, 8).append("-0000-0000-000000000000");
}

}  // namespace

OrderPruner::OrderPruner(postgres::Session& session, std::chrono::milliseconds age,
                         const std::vector<std::string>& idle_stages, const std::vector<std::string>& optional_events)
    : session_(session),
      cutoff_(time_ago(session, std::chrono::duration<double>(age).count())),
      idle_stages_(postgres::array_literal(idle_stages)),
      optional_events_(postgres::array_literal(optional_events)),
      last_id_(kFirstId) {}

std::size_t OrderPruner::run(std::size_t page, bool deletes) {
  const auto query = page_statement().append(deletes ? kDelete : kCount).append(kResult);
  std::size_t pruned = 0;
  std::string last_id;
  std::string skip_to;
  session_.write([&](pqxx::transaction_base& work) {
    const auto row = work.exec_params1(query, last_id_, page, cutoff_, idle_stages_, optional_events_);
    pruned = row["pruned"].as<std::size_t>();
    last_id = row["last_id"].c_str();
    const bool are_recent = row["are_recent"].as<bool>() && begins_with_time(last_id);
    skip_to = are_recent ? first_id_at(row["time_now"].c_str()) : "";
  });
  at_end_ = last_id.empty();
  if (!at_end_) last_id_ = std::max(last_id, skip_to);
  return pruned;
}

}  // namespace esteira::runtime::orders
