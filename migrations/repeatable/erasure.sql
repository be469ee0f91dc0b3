-- What stays of an event of an erased person: the numbers that the program's metrics count, and nothing else.
create or replace function waymark_counted_properties(event text, properties jsonb) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_object_agg(p.key, p.value), '{}')
    from jsonb_each(case jsonb_typeof(properties) when 'object' then properties else '{}' end) p
    where p.key in (select m.amount_property from event_mappings m where m.event_name = event)
      and p.value #>> '{}' ~ '^[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?$'
$$;
