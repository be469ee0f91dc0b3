-- Leaves of snapshots as rows. Views run with the rights of who reads them, so that policies still apply.
drop view if exists health_factors;
drop view if exists customer_health_factors;
drop view if exists current_health_factors;
drop view if exists current_customer_health_factors;

create view health_factors with (security_invoker = true) as
select s.account_id, s.day, s.revision, l.position, l.key, l.name, l.group_key, l.group_name, l.statement, l.change_phrase, l.unit,
       l.poor, l.healthy, l.weight as nominal_weight, l.is_customer_visible,
       s.numerators[f.place] as numerator, s.denominators[f.place] as denominator,
       s.normalised[f.place] as normalised, s.weights[f.place] as weight, s.contributions[f.place] as contribution,
       case substr(s.statuses, f.place, 1)
           when 'M' then 'MEASURED' when 'Z' then 'ZERO' when 'S' then 'STALE' when 'N' then 'NO_SOURCE'
           when 'T' then 'TOO_NEW' else 'NOT_APPLICABLE' end as status
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
           when 'T' then 'TOO_NEW' else 'NOT_APPLICABLE' end as status
from customer_health_snapshots s
cross join lateral generate_series(1, length(s.statuses)) as f (place)
join lateral (select h.* from health_leaves h where h.model_version = s.model_version and h.profile = s.profile and h.is_customer_visible order by h.position offset f.place - 1 limit 1) l on true;

create view current_health_factors with (security_invoker = true) as
select s.account_id, s.day, l.position, l.key, l.name, l.group_key, l.group_name, l.statement, l.change_phrase, l.unit,
       l.poor, l.healthy, l.weight as nominal_weight, l.is_customer_visible,
       s.numerators[f.place] as numerator, s.denominators[f.place] as denominator,
       s.normalised[f.place] as normalised, s.weights[f.place] as weight, s.contributions[f.place] as contribution,
       case substr(s.statuses, f.place, 1)
           when 'M' then 'MEASURED' when 'Z' then 'ZERO' when 'S' then 'STALE' when 'N' then 'NO_SOURCE'
           when 'T' then 'TOO_NEW' else 'NOT_APPLICABLE' end as status
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
           when 'T' then 'TOO_NEW' else 'NOT_APPLICABLE' end as status
from current_customer_health s
cross join lateral generate_series(1, length(s.statuses)) as f (place)
join lateral (select h.* from health_leaves h where h.model_version = s.model_version and h.profile = s.profile and h.is_customer_visible order by h.position offset f.place - 1 limit 1) l on true;
