-- An order may be cancelled. The request is a mark on the order. The statement that records the next result of a stage
-- honours it, so a request costs the stages nothing, and of a request and a result one wins by the lock on the order.

-- PostgreSQL does not let the transaction that adds a value use it: nothing below names a new value.
alter type order_status add value 'cancelled';
alter type order_entry_kind add value 'cancel_requested';

lock table orders, order_events in access exclusive mode;

-- Set while a request is open. Few orders have one, so the index is small. No other column is in its key or condition:
-- updates of the status still write to no index.
-- A cancelled order has a failure_reason while a message about its cancellation is a dead letter. Not valid: the rows
-- that exist satisfied a stricter rule.
alter table orders
    add column cancel_requested_at timestamptz,
    drop constraint orders_failure_has_reason,
    add constraint orders_failure_has_reason
        check ((status = 'failed') = (failure_reason is not null) or status > 'failed') not valid;
create index orders_cancel_requested on orders (cancel_requested_at) where cancel_requested_at is not null;

alter table order_events
    drop constraint order_events_outcome_known,
    add constraint order_events_outcome_known
        check (outcome in ('accepted', 'done', 'retry', 'failed', 'redriven', 'purged', 'snooze', 'cancel_requested',
                           'cancelled')) not valid;

-- Nothing follows completed, failed or cancelled, in this order.
create or replace function order_status_may_become(present order_status, next order_status) returns boolean
    language sql immutable parallel safe
    return present < next and present < 'completed';

-- The event that a cancelled order's last stage publishes instead of its own.
create function cancelled_event() returns text
    language sql immutable parallel safe
    return 'order.cancelled';

-- Whether that event must reach a queue: the order was paid, or a stage consumes it. Otherwise nobody misses it.
create function cancellation_must_be_routed(cancelled_order_id uuid) returns boolean
    language sql stable parallel safe as $$
    select exists (select from order_events e
                   where e.order_id = cancelled_order_id and e.outcome = 'done' and e.status in ('paid', 'shipped'))
           or exists (select from registered_stages s
                      where s.consumes = cancelled_event() or cancelled_event() = any (s.more_keys));
$$;

-- The second half of a cancellation, called by the statement that has set the status: closes the request, and gives the
-- stage's result the event that is published instead of the stage's own. A cancelled order with an open request is
-- therefore one that this transaction has just cancelled. Returns whether the event must reach a queue.
create function finish_cancellation(cancelled_order_id uuid, ended_stage text, ended_redrive integer) returns boolean
    language sql volatile as $$
    update orders set cancel_requested_at = null where id = cancelled_order_id;
    update order_events set routing_key = cancelled_event()
    where order_id = cancelled_order_id and stage = ended_stage and redrive = ended_redrive and entry_kind = 'result';
    select cancellation_must_be_routed(cancelled_order_id);
$$;
