#include "runtime/orders/operations/dead_letter_messages.hpp"

#include <array>
#include <string_view>

#include "runtime/postgres/array.hpp"
#include "runtime/text/hex.hpp"
#include "runtime/text/sha256.hpp"

namespace esteira::runtime::orders {
namespace {

using postgres::ArrayLiteral;

/// For rows `i` with order_id, stage and redrive. A failure is recorded in one transaction with the order's status.
constexpr const char* kStateOfEach = R"(
  select i.*, case
    when o.id is null then 'unknown_order'
    when i.redrive > o.redrives then 'refused'
    when i.redrive < o.redrives or o.status = 'completed' or e.outcome in ('done', 'cancelled') or p.order_id is not null
      then 'stale'
    when e.outcome = 'failed' then case when o.status in ('failed', 'cancelled') and e.routing_key is null then 'recorded' else 'stale' end
    else 'unrecorded' end as state
  from messages i
  left join orders o on o.id = i.order_id
  left join order_events e on e.order_id = i.order_id and e.stage = i.stage and e.redrive = i.redrive
                          and e.entry_kind = 'result'
  left join order_events p on p.order_id = i.order_id and p.stage = i.stage and p.redrive = i.redrive
                          and p.entry_kind = 'purged')";

constexpr const char* kMessagesOfKeys = R"(
with messages as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::integer[]) with ordinality as m (order_id, stage, redrive, n)
), states as ()";

constexpr const char* kStoredMessages = R"(
with messages as materialized (
  select message_key, order_id, stage, redrive from dead_letter_messages where order_id is not null
), states as ()";

constexpr const char* kKeep = R"(
insert into dead_letter_messages (message_key, stage, order_id, redrive, reason, fault, message_id, traceparent,
                                  died_at, body)
select distinct on (key) decode(key, 'hex'), stage, order_id, redrive, reason, fault, message_id, traceparent,
       to_timestamp(died_at), decode(body, 'hex')
from unnest($1::text[], $2::text[], $3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::float8[], $10::text[])
     as m (key, stage, order_id, redrive, reason, fault, message_id, traceparent, died_at, body)
order by key
on conflict on constraint dead_letter_messages_pk do nothing)";

constexpr std::array kStateNames{"recorded", "stale", "unrecorded", "refused", "unknown_order"};

DeadLetterState state_of(std::string_view name) {
  for (std::size_t i = 0; i < kStateNames.size(); ++i) {
    if (name == kStateNames.at(i)) return static_cast<DeadLetterState>(i);
  }
  return DeadLetterState::unknown_order;
}

/// The last second of the year 9999: a sender may write any number into the timestamp of a message.
constexpr std::int64_t kMaxTime = 253'402'300'799;

std::string hex(std::string_view bytes) {
  return to_hex(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

/// The same for a message that is read again, after a crash between keeping it and its acknowledgement.
std::string message_key(const DeadLetterMessage& message) {
  std::string identity = message.key.stage;
  identity.append(1, '\0').append(std::to_string(message.key.redrive)).append(1, '\0');
  identity.append(message.message_id).append(1, '\0').append(message.body);
  return sha256_hex(identity);
}

}  // namespace

std::vector<DeadLetterState> read_states(postgres::Session& session, const std::vector<DeadLetterKey>& keys) {
  std::vector<DeadLetterState> states(keys.size(), DeadLetterState::unknown_order);
  if (keys.empty()) return states;
  ArrayLiteral ids, stages, redrives;
  for (const auto& key : keys) {
    ids.add(key.order_id);
    stages.add(key.stage);
    redrives.add(std::int64_t{key.redrive});
  }
  const auto query = std::string(kMessagesOfKeys).append(kStateOfEach).append(") select n, state from states");
  session.read([&](pqxx::transaction_base& work) {
    for (const auto& row : work.exec_params(query, ids.str(), stages.str(), redrives.str())) {
      states.at(row["n"].as<std::size_t>() - 1) = state_of(row["state"].c_str());
    }
  });
  return states;
}

void keep_messages(postgres::Session& session, const std::vector<DeadLetterMessage>& messages) {
  if (messages.empty()) return;
  ArrayLiteral keys, stages, ids, redrives, reasons, faults, message_ids, traceparents, times, bodies;
  for (const auto& message : messages) {
    keys.add(message_key(message));
    stages.add(message.key.stage);
    message.key.order_id.empty() ? ids.add_null() : ids.add(message.key.order_id);
    redrives.add(std::int64_t{message.key.redrive});
    reasons.add(message.reason);
    faults.add(message.fault);
    message_ids.add(message.message_id);
    traceparents.add(message.traceparent);
    const bool is_time = message.died_at > 0 && message.died_at <= kMaxTime;
    is_time ? times.add(message.died_at) : times.add_null();
    bodies.add(hex(message.body));
  }
  session.write([&](pqxx::transaction_base& work) {
    work.exec_params0(kKeep, keys.str(), stages.str(), ids.str(), redrives.str(), reasons.str(), faults.str(),
                      message_ids.str(), traceparents.str(), times.str(), bodies.str());
  });
}

void remove_kept_message(postgres::Session& session, const std::string& message_key) {
  session.write([&](pqxx::transaction_base& work) {
    work.exec_params0("delete from dead_letter_messages where message_key = decode($1, 'hex')", message_key);
  });
}

std::size_t remove_stale_kept_messages(postgres::Session& session) {
  const auto query = std::string(kStoredMessages)
                         .append(kStateOfEach)
                         .append(
                             ") delete from dead_letter_messages m using states s "
                             "where m.message_key = s.message_key and s.state in ('stale', 'recorded')");
  std::size_t removed = 0;
  session.write([&](pqxx::transaction_base& work) { removed = work.exec(query).affected_rows(); });
  return removed;
}

}  // namespace esteira::runtime::orders
