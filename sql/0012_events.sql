-- A stage may consume several routing keys, and may have an event for Outcome::fail.

-- The keys that a stage consumes beside `consumes`, sorted. They are not in binding_keys while they are consumed: a host
-- of the version before unbinds its queue from all of binding_keys but `consumes`, and must not unbind these.
alter table registered_stages
    add column more_keys text[] not null default '{}',
    add column refused   text;
alter table worker_heartbeats
    add column more_keys text[] not null default '{}',
    add column refused   text;

-- Every routing key that the stage's queue is, or was ever, bound to. May contain a key twice. Empty: not known.
alter table registered_stages
    add column bound_keys text[] not null generated always as (binding_keys || more_keys) stored;
