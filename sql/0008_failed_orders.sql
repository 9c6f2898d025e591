-- The orders that are failed now, for their number, their age and lists of them. Few orders are, so the index is small;
-- building it reads the table once.
-- failure_reason is set exactly while the status is failed. A condition or a key on the status, or on another column
-- that each stage writes, would take away the cheap updates of this table (heap-only tuples), which write to no index.
create index orders_failed on orders (id) where failure_reason is not null;
