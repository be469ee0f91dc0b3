-- Partitions of events are made and dropped by the owner through these functions; no application login owns a table.
create or replace function waymark_make_event_partition(month date) returns void
language plpgsql security definer set search_path = public
as $$
declare
    first date := date_trunc('month', month)::date;
    part text := 'events_' || to_char(first, 'YYYY_MM');
begin
    if to_regclass(part) is not null then
        return;
    end if;
    execute format('create table %I partition of events for values from (%L) to (%L)',
                   part, first::timestamp at time zone 'UTC', (first + interval '1 month') at time zone 'UTC');
    execute format('alter table %I enable row level security', part);
    execute format('alter table %I force row level security', part);
    execute format('create policy owner on %I to waymark_owner using (true) with check (true)', part);
end $$;

create or replace function waymark_drop_event_partition(month date) returns void
language plpgsql security definer set search_path = public
as $$
begin
    execute format('drop table if exists %I', 'events_' || to_char(date_trunc('month', month), 'YYYY_MM'));
end $$;
