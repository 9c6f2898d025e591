-- Messages that a stage gets at a later time: those of snoozed orders, and retries after a delay for which there is no
-- retry queue. The statement that records the result writes the message as well, so the delivery can be acknowledged
-- at once. A host of the stage sends it when it is due, and deletes it after the broker's confirm.
-- `attempt` and `snoozes` are those of the message to send.
create table scheduled_messages (
    order_id    uuid        not null,
    stage       text        not null,
    redrive     integer     not null,
    attempt     integer     not null,
    snoozes     integer     not null,
    exchange    text        not null,
    due_at      timestamptz not null,
    event       text        not null,
    traceparent text        not null default '',
    body        text        not null,
    created_at  timestamptz not null default now(),
    constraint scheduled_messages_pk primary key (order_id, stage, redrive, attempt, snoozes)
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
create index scheduled_messages_due on scheduled_messages (exchange, stage, due_at);

-- One entry of the timeline for all snoozes of a stage in a redrive. created_at is the time of the first one; detail,
-- attempt and due_at are those of the latest. A retry that was written to scheduled_messages has due_at, too.
alter type order_entry_kind add value 'snooze';
alter table order_events
    add column snoozes integer,
    add column due_at  timestamptz,
    -- Not valid: the rows that exist satisfied a stricter rule, so they need no check while the table is locked.
    drop constraint order_events_outcome_known,
    add constraint order_events_outcome_known
        check (outcome in ('accepted', 'done', 'retry', 'failed', 'redriven', 'purged', 'snooze')) not valid;

-- Whether a later message of the same order, stage and redrive was scheduled after this one was sent. Such a copy must
-- not be scheduled or retried again: the order would have two messages on their way. It may be dropped, because the
-- later message is durable. Messages are in the order of attempt and number of snoozes.
-- A repair, which sends the order's message anew, removes due_at from these entries: then they supersede nothing.
-- The entry of the snoozes is the only one with `snoozes`. It cannot be named by its kind in the transaction that adds
-- that kind.
create function message_is_superseded(message_order_id uuid, message_stage text, message_redrive integer,
                                      message_attempt integer, message_snoozes integer) returns boolean
    language sql stable parallel safe
    return exists (
        select from order_events e
        where e.order_id = message_order_id and e.stage = message_stage and e.redrive = message_redrive
          and e.due_at is not null
          and (e.snoozes is not null and (e.attempt, e.snoozes) > (message_attempt, message_snoozes)
               or e.entry_kind = 'retry' and e.attempt >= message_attempt));
