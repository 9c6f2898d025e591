#include "runtime/orders/store/scheduled_messages.hpp"

#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/orders/store/index_plans.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kNextDue = R"(
select extract(epoch from min(due_at) - now())::double precision as seconds
from scheduled_messages where exchange = $1 and stage = $2)";

/// Only the messages are locked: a host that records a result does not wait for a host that sends.
constexpr const char* kTakeDue = R"(
select m.order_id, m.redrive, m.attempt, m.snoozes, m.event, m.traceparent, m.body,
       coalesce((select extract(epoch from s.created_at) * 1000 from order_events s
                 where s.order_id = m.order_id and s.stage = m.stage and s.redrive = m.redrive
                   and s.entry_kind = 'snooze' and s.retry_number = 0), 0)::bigint as snoozed_since,
       exists (select from order_events e where e.order_id = m.order_id and e.stage = m.stage
                                            and e.redrive = m.redrive and e.entry_kind = 'result')
         or message_is_superseded(m.order_id, m.stage, m.redrive, m.attempt, m.snoozes) as is_moot
from scheduled_messages m
where m.exchange = $1 and m.stage = $2 and m.due_at <= now()
order by m.due_at limit $3 for update of m skip locked)";

constexpr const char* kDeleteSent = R"(
delete from scheduled_messages m
using unnest($2::uuid[], $3::integer[], $4::integer[], $5::integer[]) as i (order_id, redrive, attempt, snoozes)
where m.stage = $1 and m.order_id = i.order_id and m.redrive = i.redrive and m.attempt = i.attempt
  and m.snoozes = i.snoozes)";

struct TakenMessages {
  std::vector<ScheduledMessage> to_send;
  std::vector<ScheduledMessage> moot;
};

ScheduledMessage read_message(const pqxx::row& row) {
  ScheduledMessage message;
  message.order_id = row["order_id"].c_str();
  message.redrive = row["redrive"].as<int>();
  message.attempt = row["attempt"].as<int>();
  message.snoozes = row["snoozes"].as<int>();
  message.snoozed_since = row["snoozed_since"].as<std::int64_t>();
  message.event = row["event"].c_str();
  message.traceparent = row["traceparent"].c_str();
  message.body = row["body"].c_str();
  return message;
}

TakenMessages take_due(pqxx::work& work, const std::string& exchange, const std::string& stage, std::size_t limit) {
  TakenMessages taken;
  for (const auto& row : work.exec_prepared("scheduled_take_due", exchange, stage, limit)) {
    (row["is_moot"].as<bool>() ? taken.moot : taken.to_send).push_back(read_message(row));
  }
  return taken;
}

void delete_messages(pqxx::work& work, const std::string& stage, const std::vector<const ScheduledMessage*>& messages) {
  if (messages.empty()) return;
  postgres::ArrayLiteral ids, redrives, attempts, snoozes;
  for (const auto* message : messages) {
    ids.add(message->order_id);
    redrives.add(std::int64_t{message->redrive});
    attempts.add(std::int64_t{message->attempt});
    snoozes.add(std::int64_t{message->snoozes});
  }
  work.exec_prepared0("scheduled_delete", stage, ids.str(), redrives.str(), attempts.str(), snoozes.str());
}

}  // namespace

std::string ScheduledMessage::key() const {
  std::string key(order_id);
  for (const auto number : {redrive, attempt, snoozes}) key.append(":").append(std::to_string(number));
  return key;
}

void prepare_scheduled_messages(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("scheduled_next_due", kNextDue);
  connection.prepare("scheduled_take_due", kTakeDue);
  connection.prepare("scheduled_delete", kDeleteSent);
}

std::optional<double> seconds_until_due(postgres::Session& session, const std::string& exchange,
                                        const std::string& stage) {
  std::optional<double> seconds;
  session.read([&](pqxx::transaction_base& work) {
    const auto field = work.exec_prepared1("scheduled_next_due", exchange, stage)[0];
    seconds = field.is_null() ? std::nullopt : std::optional(field.as<double>());
  });
  return seconds;
}

std::size_t send_due_messages(
    postgres::Session& session, const std::string& exchange, const std::string& stage, std::size_t limit,
    const std::function<std::vector<std::size_t>(const std::vector<ScheduledMessage>&)>& send) {
  std::size_t deleted = 0;
  session.transact([&](pqxx::work& work) {
    const auto taken = take_due(work, exchange, stage, limit);
    crash_point("taken_scheduled");
    std::vector<const ScheduledMessage*> ended;
    for (const auto& message : taken.moot) ended.push_back(&message);
    if (!taken.to_send.empty()) {
      for (const auto index : send(taken.to_send)) ended.push_back(&taken.to_send.at(index));
    }
    crash_point("sent_scheduled");
    delete_messages(work, stage, ended);
    deleted = ended.size();
  });
  return deleted;
}

}  // namespace esteira::runtime::orders
