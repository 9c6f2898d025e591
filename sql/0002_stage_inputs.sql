-- Which events a stage's queue has ever been bound to: what may still happen to an order after it was completed. Empty:
-- not known, because no host of the stage has started since.
alter table known_stages add column consumes text[] not null default '{}';
