-- Inserts :rows completed orders with the rows that Esteira leaves behind, one order a millisecond until now.
begin;
create temporary table filled on commit drop as
select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - n), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
        || '8' || substr(md5(random()::text), 1, 15))::uuid as id
from generate_series(:rows, 1, -1) as n;
insert into orders (id, workflow, customer_id, status) select id, 'default', '123', 'completed' from filled;
insert into order_items (order_id, line, sku, qty)
select id, line, 'SKU-' || line, line from filled, generate_series(1, 2) as line;
insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, status)
select id, s.stage, 0, s.entry_kind::order_entry_kind, s.outcome, 1, s.status::order_status
from filled, (values ('api', 'accepted', 'accepted', null), ('process', 'result', 'done', 'processing'),
                     ('enrich', 'result', 'done', 'processing'), ('finalize', 'result', 'done', 'completed'))
             as s (stage, entry_kind, outcome, status);
insert into order_enrichments (order_id, stage, data)
select id, 'enrich', '{"score":39,"supplier":"simulated"}' from filled;
insert into idempotency_keys (key, order_id, request_hash)
select 'filled-' || id, id, decode(md5(id::text), 'hex') from filled;
commit;
analyze;
checkpoint;
