-- Messages of dead-letter queues that belong to no failed order: bodies that are not orders, messages of orders that this
-- database does not have, and messages that were dead-lettered without a result. `esteira dlq collect`, redrive and
-- purge move them here before they acknowledge them, so that reading them needs no queue.
create table dead_letter_messages (
    message_key bytea       not null,  -- SHA-256 of stage, redrive, message id and body
    stage       text        not null,
    order_id    uuid,                  -- null: the body is not an order
    redrive     integer     not null default 0,
    reason      text        not null default '',
    fault       text        not null default '',
    message_id  text        not null default '',
    traceparent text        not null default '',
    died_at     timestamptz,
    kept_at     timestamptz not null default now(),
    body        bytea       not null,
    constraint dead_letter_messages_pk primary key (message_key)
);
