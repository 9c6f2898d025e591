-- What the hosts of a stage are. registered_stages has what the newest host declares: it decides what the stage's queue
-- is bound to. worker_heartbeats has what each running host declares. Null: a host of the version before wrote the row.
alter table registered_stages
    add column plugin         text,
    add column plugin_version text,
    add column consumes       text,
    add column publishes      text,
    add column status         text,
    add column last_seen      timestamptz not null default now();
alter table worker_heartbeats
    add column plugin         text,
    add column plugin_version text,
    add column consumes       text,
    add column publishes      text,
    add column status         text;

-- The binding keys that a host has removed from its stage's queue, and since when. A key in
-- registered_stages.binding_keys that is not here may still be bound.
create table removed_bindings (
    exchange    text        not null,
    stage       text        not null,
    routing_key text        not null,
    removed_at  timestamptz not null default now(),
    constraint removed_bindings_pk primary key (exchange, stage, routing_key)
);
