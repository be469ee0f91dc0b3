-- What an account's people can do for the score that they see, each with what exactly that step gains, in micro-points.
--
-- The step is taken in the numerator of one leaf; everything else stays as it is. So the weights stay as well, and the
-- score after it is the floor of the same sum of products with another value of the leaf (backend/health/rules.py):
-- nothing is estimated. What cannot be taken is left out: on a leaf that does not count today or whose source is silent,
-- below nothing, beyond the whole of which it is a part; and what gains nothing.
drop function if exists waymark_next_actions(uuid);

create function waymark_next_actions(account uuid)
returns table (
    key text, leaf_key text, title text, body text, who text, link text, step float8, gain int, band_after text,
    is_other_band boolean, model_version int, place int
)
language sql stable
as $$
with health as (
    select c.*, m.red_below, m.green_above, m.margin,
           (select sum(leaf.normalised::bigint * leaf.weight)::bigint
            from unnest(c.normalised, c.weights) as leaf (normalised, weight)) as products,
           (select s.band from customer_health_snapshots s
            where s.account_id = c.account_id and s.day < c.day and s.band <> 'INSUFFICIENT_DATA'
            order by s.day desc, s.revision desc limit 1) as band_before,
           (select t.rank from accounts a join tiers t on t.key = a.tier_key where a.id = c.account_id) as tier_rank
    from current_customer_health c
    join health_models m on m.version = c.model_version
    where c.account_id = account and c.score is not null
), leaf as (
    select l.*, (row_number() over (order by l.position))::int as place
    from health h
    join health_leaves l on l.model_version = h.model_version and l.profile = h.profile and l.is_customer_visible
), taken as (
    select a.key, a.leaf_key, a.title, a.body, a.who, a.link, a.position, h.*, leaf.measure, leaf.poor, leaf.healthy, leaf.empty,
           h.numerators[leaf.place] as before, h.denominators[leaf.place] as denominator,
           h.normalised[leaf.place]::bigint as value_before, h.weights[leaf.place]::bigint as weight,
           coalesce(
               a.to_amount,
               h.numerators[leaf.place] + coalesce(a.by_amount, ceil(h.numerators[leaf.place] * a.by_percent / 100))
           ) as after
    from health h
    cross join leaf
    join health_actions a on a.leaf_key = leaf.key
    left join tiers t on t.key = a.from_tier
    where substr(h.statuses, leaf.place, 1) in ('M', 'Z') and h.weights[leaf.place] > 0
      and (a.from_tier is null or h.tier_rank >= t.rank)
), valued as (
    select taken.*,
           case when after = 0 and measure <> 'days_since' then empty::bigint
                else waymark_normalised(after / coalesce(denominator, 1), poor, healthy) end as value_after
    from taken
    where after >= 0
      and (denominator > 0 or measure in ('sum', 'overdue_days', 'days_since'))
      and (after <= denominator or measure not in ('active_share', 'breadth', 'regularity', 'participation'))
), gained as (
    select valued.*,
           ((products + (value_after - value_before) * weight) / 1000000 - products / 1000000)::int as gain
    from valued
)
select g.key, g.leaf_key, g.title, g.body, g.who, g.link, g.after - coalesce(g.before, 0), g.gain, b.band, b.band <> g.band,
       g.model_version, (row_number() over (order by g.gain desc, g.position))::int
from gained g
cross join lateral (
    select case
        when g.score + g.gain < g.red_below + case when g.band_before = 'RED' then g.margin else 0 end then 'RED'
        when g.score + g.gain > g.green_above + case when g.band_before in ('RED', 'YELLOW') then g.margin else 0 end
            then 'GREEN'
        else 'YELLOW' end as band
) b
where g.gain > 0
$$;
