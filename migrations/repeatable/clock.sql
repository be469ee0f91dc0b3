-- The one clock. What it reads is decided at migration: in production it is now() and nothing can move it.
create or replace function waymark_now() returns timestamptz
language sql stable parallel safe
as $$ {clock} $$;

create or replace function waymark_today() returns date
language sql stable parallel safe
as $$ select (waymark_now() at time zone coalesce((select time_zone from organizations), 'UTC'))::date $$;

-- The organization's time zone; days are its calendar days.
create or replace function waymark_zone() returns text
language sql stable parallel safe
as $$ select coalesce((select time_zone from organizations), 'UTC') $$;
