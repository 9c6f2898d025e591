-- The order and everything known about it.

create type order_status as enum ('pending', 'processing', 'paid', 'shipped', 'completed', 'failed');

create table orders (
    id             uuid          not null,
    workflow       text          not null,
    customer_id    text          not null,
    status         order_status  not null default 'pending',
    total_amount   numeric(12,2),
    failure_reason text,
    redrives       integer       not null default 0,
    created_at     timestamptz   not null default now(),
    updated_at     timestamptz   not null default now(),
    constraint orders_pk primary key (id),
    constraint orders_failure_has_reason check ((status = 'failed') = (failure_reason is not null))
) with (fillfactor = 80);

create table order_items (
    order_id   uuid          not null,
    line       integer       not null,
    sku        text          not null,
    qty        bigint        not null,
    unit_price numeric(12,2),
    constraint order_items_pk primary key (order_id, line),
    constraint order_items_order_fk foreign key (order_id) references orders (id),
    constraint order_items_qty_positive check (qty > 0)
);

create table order_enrichments (
    order_id   uuid        not null,
    stage      text        not null,
    data       jsonb       not null,
    created_at timestamptz not null default now(),
    constraint order_enrichments_pk primary key (order_id, stage)
);

-- The timeline, and the inbox: the row with retry = 0 is the stage's one ending for that run of the order ("done" or
-- "failed"); retry = n is its n-th failed attempt; retry = -1 says that the order was sent back to the stage by hand,
-- retry = -2 that its dead letter was thrown away by hand. An ending keeps what it asked of the order, so that an audit
-- can tell whether the order still has it.
-- No foreign keys here or on the outbox: the writing statements name only orders that they have just seen, and the
-- check would cost a row lock for each event.
create table order_events (
    order_id    uuid          not null,
    stage       text          not null,
    redrive     integer       not null,
    retry       integer       not null,
    outcome     text          not null,
    attempt     integer       not null,
    detail      text,
    routing_key text,
    total       numeric(12,2),
    status      order_status,
    has_data    boolean       not null default false,
    at          timestamptz   not null default now(),
    constraint order_events_pk primary key (order_id, stage, redrive, retry),
    constraint order_events_outcome_known check (outcome in ('accepted', 'done', 'retry', 'failed', 'redriven', 'purged'))
);

create table idempotency_keys (
    key          text        not null,
    order_id     uuid        not null,
    request_hash bytea       not null,
    created_at   timestamptz not null default now(),
    constraint idempotency_keys_pk primary key (key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);

-- Events that the broker has not confirmed yet. The exchange is empty for an event that goes straight to a queue.
-- Every row dies within moments, so the table is vacuumed by count and not by its (tiny) size.
create table outbox (
    order_id    uuid        not null,
    exchange    text        not null,
    routing_key text        not null,
    redrive     integer     not null default 0,
    traceparent text        not null default '',
    body        text        not null,
    created_at  timestamptz not null default now(),
    constraint outbox_pk primary key (order_id, exchange, routing_key, redrive)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index outbox_created_at on outbox (created_at);

-- The one rule of how a status may move. Every statement that writes a status asks it.
create function order_status_may_become(present order_status, next order_status) returns boolean
    language sql immutable parallel safe
    return present < next and present <> 'completed';

-- Messages that came back without an outcome: what a host knows before it runs such a message again. `runs` counts the
-- times it was begun as a suspect, `released` says that a host let go of it on purpose while it was stopping.
-- Unlogged: after a crash of the server the suspicion starts again from nothing, and no order depends on it.
create unlogged table suspects (
    order_id   uuid        not null,
    stage      text        not null,
    redrive    integer     not null,
    runs       integer     not null default 0,
    released   boolean     not null default false,
    updated_at timestamptz not null default now(),
    constraint suspects_pk primary key (order_id, stage, redrive)
);
create index suspects_updated_at on suspects (updated_at);

-- The hosts that run now, as each says every few seconds: how many messages it holds unacknowledged. AMQP tells nobody.
create table stage_hosts (
    instance       uuid             not null,
    exchange       text             not null,
    stage          text             not null,
    in_flight      integer          not null,
    oldest_seconds double precision not null,
    seen_at        timestamptz      not null default now(),
    constraint stage_hosts_pk primary key (instance)
);

-- Every stage that ever had a host, and every delay that its retry queues ever had: where messages may wait.
create table known_stages (
    exchange     text     not null,
    stage        text     not null,
    retry_delays bigint[] not null,
    constraint known_stages_pk primary key (exchange, stage)
);
