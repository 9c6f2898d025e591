#!/usr/bin/env bash
# list_index.sh [SECONDS] [PAIRS]: what the index for GET /orders?customer_id= costs the statements that store orders. With DATABASE_URL of a
# server on this machine: two databases with a million orders of 100,000 customers each, one with and one without the index,
# take batches of 32 new orders in turns, SECONDS (20) each, PAIRS (3) times, after one run each that is not shown. Customers come in
# random order, so that nearly each insert meets another page of the index. Needs psql and pgbench. Prints orders a second, CPU of the
# whole server and WAL for each order. The databases are removed at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-20} pairs=${2:-3}
server=${DATABASE_URL%/*}
PATH=$PATH:$(find /usr/lib/postgresql/*/bin -maxdepth 0 | sort -V | tail -n 1)
work=$(mktemp -d)
cleanup() {
  for name in esteira_plain esteira_indexed; do psql -q "$DATABASE_URL" -c "drop database if exists $name with (force)" || true; done
  rm -rf "$work"
}
trap cleanup EXIT

# As runtime/orders/store/order_store.cpp stores a batch, with ids that begin with the time.
cat >"$work/store.sql" <<'SQL'
with input as materialized (
  select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
          || substr(md5(random()::text), 1, 19))::uuid as id, md5(random()::text) as key, 'c' || (random() * 100000)::int as customer
  from generate_series(1, 32)
), inserted_keys as (
  insert into idempotency_keys (client, key, order_id, request_hash) select 'default', key, id, decode(key, 'hex') from input order by key
  on conflict on constraint idempotency_keys_pk do nothing returning order_id
), inserted_orders as (
  insert into orders (id, workflow, customer_id, total_amount) select id, 'default', customer, 12.50 from input
  on conflict on constraint orders_pk do nothing returning id
), inserted_items as (
  insert into order_items (order_id, line, sku, qty, unit_price) select id, line, 'ABC', 2, 12.50 from input, generate_series(1, 2) line
), inserted_events as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, routing_key)
  select id, 'api', 0, 'accepted', 'accepted', 1, 'order.created' from input
), inserted_outbox_rows as (
  insert into outbox (order_id, exchange, routing_key, traceparent, body) select id, 'orders', 'order.created', '', repeat('x', 300) from input
)
select count(*) from inserted_keys;
SQL

make_database() {
  psql -q "$DATABASE_URL" -c "create database $1"
  for file in sql/*.sql; do psql -q "$server/$1" -1 -v ON_ERROR_STOP=1 -f "$file"; done
  [ "$1" = esteira_indexed ] || psql -q "$server/$1" -c 'drop index orders_customer'
  psql -q "$server/$1" -c "insert into orders (id, workflow, customer_id, total_amount, created_at)
    select (lpad(to_hex(1700000000000 + i), 12, '0') || '7' || substr(md5(i::text), 1, 19))::uuid, 'default',
           'c' || (random() * 100000)::int, 12.50, to_timestamp(1700000000 + i / 1000.0)
    from generate_series(1, 1000000) i" -c 'vacuum analyze orders'
}

postmaster=$(psql -qAt "$DATABASE_URL" -c "select (string_to_array(pg_read_file('postmaster.pid'), e'\n'))[1]")
# The CPU of the server so far, in ticks: its own, that of its children, and of those that have ended.
cpu_ticks() {
  { cat /proc/[0-9]*/stat 2>/dev/null || true; } |
    awk -v p="$postmaster" '$1 == p { t += $14 + $15 + $16 + $17 } $4 == p { t += $14 + $15 } END { print t }'
}
value() { psql -qAt "$server/$1" -c "$2"; }

run() {
  local cpu lsn transactions
  cpu=$(cpu_ticks) lsn=$(value "$1" 'select pg_current_wal_lsn()')
  transactions=$(pgbench -n -c 2 -j 1 -T "$seconds" -M prepared -f "$work/store.sql" "$server/$1" 2>/dev/null |
    sed -n 's/^number of transactions actually processed: //p')
  cpu=$(($(cpu_ticks) - cpu))
  local wal
  wal=$(value "$1" "select pg_current_wal_lsn() - '$lsn'")
  awk -v name="$1" -v n="$((transactions * 32))" -v s="$seconds" -v cpu="$cpu" -v hz="$(getconf CLK_TCK)" -v wal="$wal" \
    'BEGIN { printf "%-16s %7.0f orders/s  %6.1f us CPU an order  %5.0f bytes of WAL an order\n", name, n / s, cpu / hz / n * 1e6, wal / n }'
}

make_database esteira_plain
make_database esteira_indexed
psql -q "$DATABASE_URL" -c checkpoint
for name in esteira_plain esteira_indexed; do run "$name" >/dev/null; done
for ((pair = 1; pair <= pairs; ++pair)); do
  run esteira_plain
  run esteira_indexed
done
