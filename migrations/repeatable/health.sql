-- Leaves of scores as rows and in words. Views run with the rights of who reads them, so that policies still apply.
drop view if exists health_factors;
drop view if exists customer_health_factors;
drop view if exists current_health_factors;
drop view if exists current_customer_health_factors;

-- A number as people read it: at most one decimal, none from 100 on, with a real minus sign.
create or replace function waymark_spoken(number float8) returns text
language sql immutable parallel safe
as $$
    select coalesce(replace(trim_scale(round(number::numeric, case when abs(number) >= 100 then 0 else 1 end))::text, '-', '−'), '?')
$$;

-- The sentence of a leaf: what was measured, or why there is nothing to tell.
create or replace function waymark_statement(statement text, nothing text, status text, numerator float8, denominator float8) returns text
language sql immutable parallel safe
as $$
    select case status
        when 'N' then 'No source for this is connected'
        when 'T' then 'The account is too young to tell'
        when 'X' then 'This does not apply'
        else replace(replace(replace(replace(
                case when status = 'Z' or numerator is null then nothing else statement end,
                '{numerator}', waymark_spoken(numerator)),
                '{denominator}', waymark_spoken(denominator)),
                '{value}', waymark_spoken(case when denominator is null then numerator else numerator / nullif(denominator, 0) end)),
                '{percent}', waymark_spoken(100 * case when denominator is null then numerator else numerator / nullif(denominator, 0) end) || ' %')
            || case when status = 'S' then ' (the last known value: its source is silent)' else '' end
    end
$$;


create view health_factors with (security_invoker = true) as
select s.account_id, s.day, s.revision, l.position, l.key, l.name, l.group_key, l.group_name, l.statement, l.change_phrase, l.unit,
       l.poor, l.healthy, l.weight as nominal_weight, l.is_customer_visible,
       s.numerators[f.place] as numerator, s.denominators[f.place] as denominator,
       s.normalised[f.place] as normalised, s.weights[f.place] as weight, s.contributions[f.place] as contribution,
       case substr(s.statuses, f.place, 1)
           when 'M' then 'MEASURED' when 'Z' then 'ZERO' when 'S' then 'STALE' when 'N' then 'NO_SOURCE'
           when 'T' then 'TOO_NEW' else 'NOT_APPLICABLE' end as status,
       waymark_statement(l.statement, l.nothing, substr(s.statuses, f.place, 1), s.numerators[f.place], s.denominators[f.place]) as sentence
from health_snapshots s
cross join lateral generate_series(1, length(s.statuses)) as f (place)
join health_leaves l on l.model_version = s.model_version and l.profile = s.profile and l.position = f.place;

create view customer_health_factors with (security_invoker = true) as
select s.account_id, s.day, s.revision, l.position, l.key, l.name, l.group_key, l.group_name, l.statement, l.change_phrase, l.unit,
       l.poor, l.healthy, l.weight as nominal_weight, l.is_customer_visible,
       s.numerators[f.place] as numerator, s.denominators[f.place] as denominator,
       s.normalised[f.place] as normalised, s.weights[f.place] as weight, s.contributions[f.place] as contribution,
       case substr(s.statuses, f.place, 1)
           when 'M' then 'MEASURED' when 'Z' then 'ZERO' when 'S' then 'STALE' when 'N' then 'NO_SOURCE'
           when 'T' then 'TOO_NEW' else 'NOT_APPLICABLE' end as status,
       waymark_statement(l.statement, l.nothing, substr(s.statuses, f.place, 1), s.numerators[f.place], s.denominators[f.place]) as sentence
from customer_health_snapshots s
cross join lateral generate_series(1, length(s.statuses)) as f (place)
join lateral (
    select h.* from health_leaves h where h.model_version = s.model_version and h.profile = s.profile and h.is_customer_visible
    order by h.position offset f.place - 1 limit 1) l on true;

create view current_health_factors with (security_invoker = true) as
select s.account_id, s.day, l.position, l.key, l.name, l.group_key, l.group_name, l.statement, l.change_phrase, l.unit,
       l.poor, l.healthy, l.weight as nominal_weight, l.is_customer_visible,
       s.numerators[f.place] as numerator, s.denominators[f.place] as denominator,
       s.normalised[f.place] as normalised, s.weights[f.place] as weight, s.contributions[f.place] as contribution,
       case substr(s.statuses, f.place, 1)
           when 'M' then 'MEASURED' when 'Z' then 'ZERO' when 'S' then 'STALE' when 'N' then 'NO_SOURCE'
           when 'T' then 'TOO_NEW' else 'NOT_APPLICABLE' end as status,
       waymark_statement(l.statement, l.nothing, substr(s.statuses, f.place, 1), s.numerators[f.place], s.denominators[f.place]) as sentence
from current_health s
cross join lateral generate_series(1, length(s.statuses)) as f (place)
join health_leaves l on l.model_version = s.model_version and l.profile = s.profile and l.position = f.place;

create view current_customer_health_factors with (security_invoker = true) as
select s.account_id, s.day, l.position, l.key, l.name, l.group_key, l.group_name, l.statement, l.change_phrase, l.unit,
       l.poor, l.healthy, l.weight as nominal_weight, l.is_customer_visible,
       s.numerators[f.place] as numerator, s.denominators[f.place] as denominator,
       s.normalised[f.place] as normalised, s.weights[f.place] as weight, s.contributions[f.place] as contribution,
       case substr(s.statuses, f.place, 1)
           when 'M' then 'MEASURED' when 'Z' then 'ZERO' when 'S' then 'STALE' when 'N' then 'NO_SOURCE'
           when 'T' then 'TOO_NEW' else 'NOT_APPLICABLE' end as status,
       waymark_statement(l.statement, l.nothing, substr(s.statuses, f.place, 1), s.numerators[f.place], s.denominators[f.place]) as sentence
from current_customer_health s
cross join lateral generate_series(1, length(s.statuses)) as f (place)
join lateral (
    select h.* from health_leaves h where h.model_version = s.model_version and h.profile = s.profile and h.is_customer_visible
    order by h.position offset f.place - 1 limit 1) l on true;
