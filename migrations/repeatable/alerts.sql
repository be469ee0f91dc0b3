-- A rule's sentence with an alert's numbers in it.
create or replace function waymark_sentence(said text, facts jsonb) returns text
language sql immutable
as $$
    select coalesce(replace(replace(replace(replace(replace(said,
        '{percent}', coalesce(facts ->> 'percent', '')),
        '{before}', coalesce(facts ->> 'before', '')),
        '{recent}', coalesce(facts ->> 'recent', '')),
        '{days}', coalesce(facts ->> 'days', '')),
        '{count}', coalesce(facts ->> 'count', '')), '')
$$;
