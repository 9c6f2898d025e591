-- Lists of a customer's orders, newest first: an order's id begins with the time. Lists of all orders use the primary key.
-- A hash is compared faster than text, has the same size for every customer and depends on no language. No column that
-- an update writes is in the index: that would take away the cheap updates of this table (heap-only tuples).
create index orders_customer on orders (hashtextextended(customer_id, 0), id);
