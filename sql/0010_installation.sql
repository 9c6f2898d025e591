-- The id of this installation. RabbitMQ carries it as well, so that programs recognise a broker or a database that
-- belongs to another one. It goes with a dump.
create table installation (
    id         uuid        not null default gen_random_uuid(),
    only_row   boolean     not null default true,
    created_at timestamptz not null default now(),
    constraint installation_pk primary key (only_row),
    constraint installation_has_one_row check (only_row)
);
insert into installation default values;
