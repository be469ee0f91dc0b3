-- Movements of monthly recurring revenue, as known at the end of a day. A step is what changes on a day for an account
-- in a currency; a movement is what the step means beside what was before it. Nothing but the validity of subscriptions
-- goes in, so that start + new + reactivation + expansion - contraction - churn = end for every range, by telescoping.
create or replace function waymark_mrr_movements(first date, last date, known date)
returns table (account_id uuid, currency text, day date, kind text, amount bigint, before bigint, after bigint)
language sql stable parallel safe
as $$
    with terms as (
        select s.account_id, s.currency, s.starts_on, s.ends_on, s.mrr_minor from subscriptions s
        where s.status in ('ACTIVE', 'PAST_DUE', 'CANCELLED') and not (s.status = 'CANCELLED' and s.ends_on is null)
          and s.known_on <= known and coalesce(s.superseded_on, date 'infinity') > known
    ),
    steps as (
        select t.account_id, t.currency, t.day, sum(t.step)::bigint as step from (
            select account_id, currency, starts_on as day, mrr_minor as step from terms
            union all
            select account_id, currency, ends_on, -mrr_minor from terms where ends_on is not null) t
        where t.day <= last group by 1, 2, 3 having sum(t.step) <> 0
    ),
    told as (
        select s.*, sum(s.step) over w as after, count(*) over w as place from steps s
        window w as (partition by s.account_id, s.currency order by s.day)
    )
    select t.account_id, t.currency, t.day,
           case when t.place = 1 then 'NEW' when t.after = t.step then 'REACTIVATION' when t.after = 0 then 'CHURN'
                when t.step > 0 then 'EXPANSION' else 'CONTRACTION' end,
           abs(t.step), (t.after - t.step)::bigint, t.after::bigint
    from told t where t.day >= first
$$;

-- The same by currency and calendar month, with what each month begins and ends with.
create or replace function waymark_mrr_months(first date, last date, known date)
returns table (month date, currency text, starts_with bigint, won bigint, reactivated bigint, expanded bigint,
               contracted bigint, churned bigint, ends_with bigint)
language sql stable parallel safe
as $$
    with moved as materialized (
        select * from waymark_mrr_movements(date '-infinity', last, known)
    ),
    months as (
        select m::date as month from generate_series(date_trunc('month', first::timestamp), last::timestamp, interval '1 month') m
    ),
    sums as (
        select m.month, c.currency,
               coalesce(sum(v.amount) filter (where v.kind = 'NEW'), 0)::bigint as won,
               coalesce(sum(v.amount) filter (where v.kind = 'REACTIVATION'), 0)::bigint as reactivated,
               coalesce(sum(v.amount) filter (where v.kind = 'EXPANSION'), 0)::bigint as expanded,
               coalesce(sum(v.amount) filter (where v.kind = 'CONTRACTION'), 0)::bigint as contracted,
               coalesce(sum(v.amount) filter (where v.kind = 'CHURN'), 0)::bigint as churned
        from months m cross join (select distinct moved.currency from moved) c
        left join moved v on v.currency = c.currency and v.day >= greatest(m.month, first)
                         and v.day < (m.month + interval '1 month')::date
        group by 1, 2
    ),
    origin as (
        select v.currency, sum(v.after - v.before)::bigint as amount from moved v where v.day < first group by 1
    )
    select s.month, s.currency, t.ends_with - t.change, s.won, s.reactivated, s.expanded, s.contracted, s.churned,
           t.ends_with
    from sums s
    left join origin o on o.currency = s.currency
    cross join lateral (select s.won + s.reactivated + s.expanded - s.contracted - s.churned as change) c
    cross join lateral (
        select c.change, (coalesce(o.amount, 0) + (
            select sum(e.won + e.reactivated + e.expanded - e.contracted - e.churned) from sums e
            where e.currency = s.currency and e.month <= s.month))::bigint as ends_with) t
$$;
