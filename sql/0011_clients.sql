-- Idempotency keys and orders belong to clients. Existing ones belong to the client "default", to which the tokens of
-- SECRET_TOKEN belong.

-- Locked first, so that the migration waits only here. Statements that look up or write keys wait while the key's index
-- is built.
lock table idempotency_keys, orders in access exclusive mode;

-- A constant default costs no rewrite of the table. A program of the version before writes it, too.
alter table orders add column client text not null default 'default';
alter table idempotency_keys
    add column client text not null default 'default',
    drop constraint idempotency_keys_pk,
    add constraint idempotency_keys_pk primary key (client, key);
