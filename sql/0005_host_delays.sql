-- The retry delays of each running host, so that hosts of one stage with different settings are found. Null for a host
-- that has not reported them yet.
alter table worker_heartbeats add column retry_delays bigint[];
