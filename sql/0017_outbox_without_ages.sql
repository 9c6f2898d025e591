-- Every order has a row in the outbox for a moment, so each index of it costs every order an entry. Sweeps take the events in
-- the order of the primary key. A program of the version before sorts by age without the index: the table is small.
drop index outbox_created_at;
