-- The host that runs a redelivered message, as in worker_heartbeats.instance. A run counts as a crash when that host ends
-- without a clean stop, and no more from its start: a lost connection to the broker is no crash.
alter table poison_candidates add column owner uuid;
