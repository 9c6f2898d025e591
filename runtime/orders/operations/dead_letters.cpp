#include "runtime/orders/operations/dead_letters.hpp"

#include <map>
#include <utility>

#include "runtime/logging/log.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/operations/order_message.hpp"
#include "runtime/orders/store/order_reader.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kFirstOrder = "00000000-0000-0000-0000-000000000000";

// The parameters of both queries: $1 and $2 the last key and stage, $3 when the listing began, $4 to $8 the filter.

/// The condition on failure_reason is that of the index orders_failed.
constexpr const char* kFailedOrders = R"(
  select o.id::text as key, o.id::text as order_id, e.stage, e.redrive, coalesce(e.detail, '') as reason,
         to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as died_at,
         '' as fault, '' as message_id, '' as traceparent
  from orders o
  join order_events e on e.order_id = o.id and e.redrive = o.redrives and e.entry_kind = 'result'
                     and e.outcome = 'failed' and e.routing_key is null
  where o.failure_reason is not null and o.id >= $1::uuid and (o.id, e.stage) > ($1::uuid, $2::text)
    and e.created_at <= $3::timestamptz
    and ($4::text is null or e.stage = $4)
    and ($5::uuid is null or o.id = $5)
    and ($6::text is null or strpos(e.detail, $6) > 0)
    and ($7::float8 is null or e.created_at <= $3::timestamptz - make_interval(secs => $7))
    and ($8::float8 is null or e.created_at >= $3::timestamptz - make_interval(secs => $8))
    and not exists (select from order_events p where p.order_id = o.id and p.stage = e.stage
                                                 and p.redrive = o.redrives and p.entry_kind = 'purged'))";
constexpr const char* kByOrder = " order by o.id, e.stage limit ";

constexpr const char* kKeptMessages = R"(
  select encode(m.message_key, 'hex') as key, coalesce(m.order_id::text, '') as order_id, m.stage, m.redrive, m.reason,
         coalesce(to_char(m.died_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '') as died_at,
         m.fault, m.message_id, m.traceparent
  from dead_letter_messages m
  where m.message_key > decode($1, 'hex') and $2::text is not null
    and m.kept_at <= $3::timestamptz
    and ($4::text is null or m.stage = $4)
    and ($5::uuid is null or m.order_id = $5)
    and ($6::text is null or strpos(m.reason, $6) > 0)
    and ($7::float8 is null or m.died_at <= $3::timestamptz - make_interval(secs => $7))
    and ($8::float8 is null or m.died_at >= $3::timestamptz - make_interval(secs => $8)))";
constexpr const char* kByKey = " order by m.message_key limit ";

constexpr const char* kMessageBodies = R"(
select i.n, m.body from unnest($1::text[]) with ordinality as i (key, n)
join dead_letter_messages m on m.message_key = decode(i.key, 'hex'))";

std::optional<double> seconds(const std::optional<std::chrono::milliseconds>& time) {
  if (!time) return std::nullopt;
  return std::chrono::duration<double>(*time).count();
}

DeadLetterRecord read_record(const pqxx::row& row, DeadLetterCursor::Source source) {
  DeadLetterRecord record;
  if (source == DeadLetterCursor::Source::kept_messages) record.message_key = row["key"].c_str();
  record.order_id = row["order_id"].c_str();
  record.stage = row["stage"].c_str();
  record.redrive = row["redrive"].as<int>();
  record.reason = row["reason"].c_str();
  record.died_at = row["died_at"].c_str();
  record.fault = row["fault"].c_str();
  record.message_id = row["message_id"].c_str();
  record.traceparent = row["traceparent"].c_str();
  return record;
}

/// Bodies that are to be read from one source, and where they go.
struct Wanted {
  std::vector<std::string> ids;
  std::vector<std::size_t> indices;
  void add(const std::string& id, std::size_t index) {
    ids.push_back(id);
    indices.push_back(index);
  }
};

void read_order_bodies(postgres::Session& session, const Wanted& wanted, std::vector<std::string>& bodies) {
  if (wanted.ids.empty()) return;
  auto orders = read_readable_orders(
      session, wanted.ids, TerminalCheck::skip, [](const std::string& id, const std::string& error) {
        log::error("an order cannot be read; its dead letter has no body", {{"order_id", id}, {"error", error}});
      });
  for (std::size_t i = 0; i < orders.size(); ++i) {
    if (orders[i]) bodies[wanted.indices[i]] = write_envelope(order_message(std::move(*orders[i])));
  }
}

void read_message_bodies(postgres::Session& session, const Wanted& wanted, std::vector<std::string>& bodies) {
  if (wanted.ids.empty()) return;
  postgres::ArrayLiteral keys;
  for (const auto& key : wanted.ids) keys.add(key);
  session.read([&](pqxx::transaction_base& work) {
    for (const auto& row : work.exec_params(kMessageBodies, keys.str())) {
      bodies[wanted.indices.at(row["n"].as<std::size_t>() - 1)] = pqxx::binarystring(row["body"]).str();
    }
  });
}

}  // namespace

void prepare_dead_letters(pqxx::connection& connection) { prepare_reader(connection); }

DeadLetterCursor::DeadLetterCursor(postgres::Session& session, DeadLetterFilter filter, Source source)
    : session_(session),
      filter_(std::move(filter)),
      source_(source),
      last_key_(source == Source::failed_orders ? kFirstOrder : "") {
  session_.read([&](pqxx::transaction_base& work) {
    begun_at_ = work.exec1("select clock_timestamp() as time")["time"].c_str();
  });
}

pqxx::result DeadLetterCursor::read(const char* head, const std::string& tail) {
  pqxx::result rows;
  const auto* const select = source_ == Source::failed_orders ? kFailedOrders : kKeptMessages;
  const auto query = std::string(head).append(select).append(tail);
  session_.read([&](pqxx::transaction_base& work) {
    rows = work.exec_params(query, last_key_, last_stage_, begun_at_, filter_.stage, filter_.order, filter_.reason,
                            seconds(filter_.older_than), seconds(filter_.since));
  });
  return rows;
}

std::size_t DeadLetterCursor::count() {
  return read("select count(*) as letters from (", ") q")[0]["letters"].as<std::size_t>();
}

std::vector<DeadLetterRecord> DeadLetterCursor::next(std::size_t limit) {
  const auto* const order = source_ == Source::failed_orders ? kByOrder : kByKey;
  const auto rows = read("", order + std::to_string(limit));
  std::vector<DeadLetterRecord> records;
  for (const auto& row : rows) {
    records.push_back(read_record(row, source_));
    last_key_ = row["key"].c_str();
    last_stage_ = row["stage"].c_str();
  }
  return records;
}

std::vector<std::string> read_bodies(postgres::Session& session, const std::vector<DeadLetterRecord>& records) {
  std::vector<std::string> bodies(records.size());
  Wanted orders;
  Wanted messages;
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].message_key.empty() ? orders.add(records[i].order_id, i) : messages.add(records[i].message_key, i);
  }
  read_order_bodies(session, orders, bodies);
  read_message_bodies(session, messages, bodies);
  return bodies;
}

}  // namespace esteira::runtime::orders
