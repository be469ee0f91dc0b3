-- What an account's people have reason to celebrate this week, the rarest first; nothing where nothing is. Whole days
-- alone, so that the time of day does not matter. It reads what its caller may read.
create or replace function waymark_celebrations(account uuid) returns table (place int, kind text, sentence text)
language sql stable
as $$
with days as (select waymark_today() as today),
closed as (
    select distinct on (s.day) s.day, s.band, s.model_version
    from customer_health_snapshots s cross join days d join accounts a on a.id = s.account_id
    left join tiers t on t.key = a.tier_key
    where s.account_id = account and s.day between d.today - 8 and d.today - 1
        and coalesce(t.health_visibility, 'WORDS') <> 'HIDDEN'
    order by s.day, s.revision desc
),
back as (
    select max(c.day) filter (where c.band in ('RED', 'YELLOW')) + 1 as since, max(c.model_version) as model_version
    from closed c cross join days d
    having (array_agg(c.band order by c.day desc))[1] = 'GREEN' and max(c.day) = min(d.today) - 1
        and min(c.model_version) = max(c.model_version) and bool_or(c.band in ('RED', 'YELLOW'))
),
people as (
    select sum(s.seats) as seats from subscriptions s cross join days d
    where s.account_id = account and s.superseded_on is null and s.seats > 0
        and s.starts_on <= d.today and (s.ends_on is null or s.ends_on > d.today)
),
weeks as (
    select m.id, (d.today - 1 - u.day) / 7 as ago, sum(u.delta) as total
    from usage_daily u cross join days d join metrics m on m.id = u.metric_id and m.is_core and m.is_customer_visible
    where u.account_id = account and u.day between d.today - 91 and d.today - 1
    group by 1, 2
),
best as (
    select w.id, max(w.total) filter (where w.ago = 0) as this
    from weeks w group by w.id
    having max(w.total) filter (where w.ago = 0) > max(w.total) filter (where w.ago > 0)
        and count(*) filter (where w.ago > 0 and w.total > 0) >= 4
)
select 1, 'BACK_ON_TRACK', concat('Back at “', waymark_standing_words(b.model_version, 'GREEN'), '” since ',
    to_char(b.since, 'FMDD FMMonth'), '.')
from back b
union all
select 2, 'EVERYONE_ACTIVE', concat('Everybody was here in the last seven days: all ', p.seats, ' seats were in use.')
from people p cross join days d
where p.seats >= 2 and waymark_active_people(account, d.today - 7, d.today - 1) >= p.seats
union all
(select 3, 'BEST_WEEK', concat('Your best week in three months for ', m.name, ': ',
    rtrim(to_char(b.this / power(10, m.scale)::numeric, 'FM999,999,999,999,990.9'), '.'),
    ' ' || nullif(nullif(m.unit, lower(m.name)), ''), '.')
from best b join metrics m on m.id = b.id
order by b.this / power(10, m.scale) desc, b.id limit 1)
order by 1
$$;
