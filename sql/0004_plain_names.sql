-- Plain names. One number (order_events.retry: 0, n, -1, -2) said what a row of the timeline is, and the names of the
-- workers' tables did not say what their rows are. No row is added or removed.

-- All tables that this file changes are locked before the first change, in the order in which programs lock them: so
-- the migration waits only here, and cannot deadlock half way.
lock table order_events, known_stages, suspects, stage_hosts in access exclusive mode;

create type order_entry_kind as enum (
    'accepted',  -- the API stored the order
    'result',    -- the stage's terminal result: done or failed
    'retry',     -- one failed attempt of the stage
    'redriven',  -- the order was sent back to the stage by hand
    'purged'     -- the stage's dead letter was deleted by hand
);

-- One pass over the table. The primary key holds one terminal result for each (order, stage, redrive), whatever its
-- attempt, and one retry for each attempt. A key cannot contain an expression, so retry_number is a generated column.
-- Where the old `retry` and `attempt` of a failed attempt differ, the one that was part of the key is kept.
alter table order_events
    drop constraint order_events_pk,
    alter column attempt type integer using case when retry > 0 then retry else attempt end,
    alter column retry type order_entry_kind using (
        case when retry > 0 then 'retry'
             when retry = 0 and outcome = 'accepted' then 'accepted'
             when retry = 0 then 'result'
             when retry = -1 then 'redriven'
             when retry = -2 then 'purged' end)::order_entry_kind,
    add column retry_number integer not null
        generated always as (case when retry = 'retry' then attempt else 0 end) stored;
alter table order_events rename column retry to entry_kind;
alter table order_events rename column at to created_at;
alter table order_events
    add constraint order_events_pk primary key (order_id, stage, redrive, entry_kind, retry_number);

-- The stages that ever had a host: where messages may wait (retry_delays), and which events their queues have ever been
-- bound to (binding_keys; empty when no host of the stage has started since that column exists).
alter table known_stages rename to registered_stages;
alter table registered_stages rename column consumes to binding_keys;
alter table registered_stages rename constraint known_stages_pk to registered_stages_pk;

-- Messages that came back without a result. A host reads this before it runs such a message again: how many runs ended
-- in a crash, and whether a host that was stopping released the message. Still unlogged: no order depends on it.
alter table suspects rename to poison_candidates;
alter table poison_candidates rename column runs to crash_runs;
alter table poison_candidates rename column released to released_on_shutdown;
alter table poison_candidates rename constraint suspects_pk to poison_candidates_pk;
alter index suspects_updated_at rename to poison_candidates_updated_at;

-- One row for each running host, updated every few seconds: how many messages it holds unacknowledged.
alter table stage_hosts rename to worker_heartbeats;
alter table worker_heartbeats rename column seen_at to heartbeat_at;
alter table worker_heartbeats rename constraint stage_hosts_pk to worker_heartbeats_pk;
