-- Stages that an operator has paused: their hosts start no handler. Each host reads it with its heartbeat.
create table stage_pauses (
    exchange  text        not null,
    stage     text        not null,
    reason    text        not null default '',
    paused_at timestamptz not null default now(),
    constraint stage_pauses_pk primary key (exchange, stage)
);

-- The state of the host's circuit breaker: closed, half-open, open. Null: a host of the version before wrote the row.
alter table worker_heartbeats add column breaker text;
