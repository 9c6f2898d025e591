#include "runtime/orders/store/cancellation.hpp"

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

/// `locked` has the orders as they are now, also those that changed while the statement waited for their locks. An
/// order that was redriven is `processing` again, also when its parcel is on its way: its timeline tells. A scheduled
/// message that another transaction is sending, or has just written, stays as it is.
constexpr const char* kRequest = R"(
with input as materialized (
  select * from unnest($1::uuid[], $2::text[]) with ordinality as i (order_id, client, n)
), locked as materialized (
  select o.id, o.status, o.client, o.redrives, o.cancel_requested_at from orders o
  where o.id = any ($1::uuid[]) order by o.id for update
), answers as materialized (
  select i.n, l.*, l.cancel_requested_at is null and l.status < 'shipped' and not exists (
           select from order_events e where e.order_id = l.id and e.outcome = 'done' and e.status = 'shipped') as is_new
  from input i join locked l on l.id = i.order_id and i.client in ('', l.client)
), marked as (
  update orders o
  set cancel_requested_at = now(), updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
  from (select distinct id from answers where is_new) a where o.id = a.id
  returning o.id
), inserted_events as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt)
  select distinct id, 'api', redrives, 'cancel_requested'::order_entry_kind, 'cancel_requested', 1
  from answers where is_new
  on conflict on constraint order_events_pk do nothing
), hastened_messages as (
  update scheduled_messages m set due_at = now()
  from (select s.order_id, s.stage, s.redrive, s.attempt, s.snoozes from scheduled_messages s
        where s.order_id in (select id from answers where is_new) and s.due_at > now() for update skip locked) w
  where m.order_id = w.order_id and m.stage = w.stage and m.redrive = w.redrive and m.attempt = w.attempt
    and m.snoozes = w.snoozes
)
select n, status, is_new or cancel_requested_at is not null or status = 'cancelled' as is_accepted from answers)";

}  // namespace

void prepare_cancellation(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("cancellation_request", kRequest);
}

std::vector<CancelAnswer> request_cancellations(postgres::Session& session,
                                                const std::vector<CancelRequest>& requests) {
  postgres::ArrayLiteral ids, clients;
  for (const auto& request : requests) {
    ids.add(request.order_id);
    clients.add(request.client);
  }
  std::vector<CancelAnswer> answers;
  session.write([&](pqxx::transaction_base& work) {
    answers.assign(requests.size(), {});
    for (const auto& row : work.exec_prepared("cancellation_request", ids.str(), clients.str())) {
      auto& answer = answers.at(row["n"].as<std::size_t>() - 1);
      answer.status = row["is_accepted"].as<bool>() ? CancelAnswer::Status::accepted : CancelAnswer::Status::refused;
      answer.order_status = row["status"].c_str();
    }
  });
  return answers;
}

bool has_cancel_requests(postgres::Session& session) {
  bool has_requests = false;
  session.read([&](pqxx::transaction_base& work) {
    has_requests = work.exec1("select exists (select from orders where cancel_requested_at is not null)")[0].as<bool>();
  });
  return has_requests;
}

std::vector<std::string> find_cancel_requests(postgres::Session& session, const std::vector<std::string>& order_ids) {
  postgres::ArrayLiteral ids;
  for (const auto& id : order_ids) ids.add(canonical_uuid(id));  // null matches no order
  std::vector<std::string> found;
  session.read([&](pqxx::transaction_base& work) {
    found.clear();
    for (const auto& row : work.exec_params(
             "select id from orders where cancel_requested_at is not null and id = any ($1::uuid[])", ids.str())) {
      found.emplace_back(row["id"].c_str());
    }
  });
  return found;
}

}  // namespace esteira::runtime::orders
