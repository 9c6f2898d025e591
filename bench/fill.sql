-- Completed orders as the product leaves them behind, :rows of them.
begin;
create temporary table filled on commit drop as select gen_random_uuid() as id from generate_series(1, :rows);
insert into orders (id, workflow, customer_id, status) select id, 'default', '123', 'completed' from filled;
insert into order_items (order_id, line, sku, qty)
select id, line, 'SKU-' || line, line from filled, generate_series(1, 2) as line;
insert into order_events (order_id, stage, redrive, retry, outcome, attempt, status)
select id, s.stage, 0, 0, s.outcome, 1, s.status::order_status
from filled, (values ('api', 'accepted', null), ('process', 'done', 'processing'), ('enrich', 'done', 'processing'),
                     ('finalize', 'done', 'completed')) as s (stage, outcome, status);
insert into order_enrichments (order_id, stage, data)
select id, 'enrich', '{"score":39,"supplier":"simulated"}' from filled;
insert into idempotency_keys (key, order_id, request_hash)
select 'filled-' || id, id, decode(md5(id::text), 'hex') from filled;
commit;
analyze;
checkpoint;
