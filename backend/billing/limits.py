"""What an account may use in a month, and that it is used up or will be soon."""

from __future__ import annotations

from sqlalchemy import text

from backend.billing.events import LimitNear, LimitReached
from backend.db.engine import WriteSession
from backend.events import DomainEvent, emit_all

SOON = 7
"""So many days ahead it is news that a limit will be reached."""

# As `limits` of an account are read: what subscriptions sell, else what the tier has; the rate is the mean of the 28
# whole days before today, fewer for who has been a customer for less. What was told of this month is in the timeline;
# the lock keeps two that look at once from both finding nothing there.
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('waymark limits', 0))")
FOUND = text(
    """
with days as materialized (select waymark_today() as today, date_trunc('month', waymark_today())::date as month,
    (date_trunc('month', waymark_today()) + interval '1 month')::date as next_month),
included as (
    select distinct on (account_id, key) account_id, key, quantity from (
        select s.account_id, s.limit_metric as key, sum(s.limit_quantity)::float8 as quantity, 0 as place
        from subscriptions s cross join days d
        where s.superseded_on is null and s.starts_on <= d.today and (s.ends_on is null or s.ends_on > d.today)
            and s.limit_metric is not null and s.limit_quantity is not null
        group by 1, 2
        union all
        select a.id, e.key, e.value::float8, 1
        from accounts a join tiers t on t.key = a.tier_key cross join jsonb_each_text(t.limits) e) either
    order by account_id, key, place
),
used as (
    select i.account_id, i.key, i.quantity, least(28, d.today - a.customer_since) as whole_days,
        coalesce(sum(u.delta) filter (where u.day >= d.month), 0)::float8 / power(10, m.scale) as used,
        coalesce(sum(u.delta) filter (where u.day between d.today - 28 and d.today - 1), 0)::float8
            / power(10, m.scale) as recent
    from included i cross join days d
    join metrics m on m.key = i.key and m.is_customer_visible
    join accounts a on a.id = i.account_id
    join usage_daily u on u.account_id = i.account_id and u.metric_id = m.id
        and u.day between least(d.month, d.today - 28) and d.today
    where i.quantity > 0
    group by i.account_id, i.key, i.quantity, d.today, a.customer_since, m.scale
),
found as (
    select u.account_id, u.key, trim_scale(u.quantity::numeric)::text as included, d.month,
        u.used >= u.quantity as is_reached,
        case when u.whole_days > 0 and u.recent > 0
            then ceil((u.quantity - u.used) / (u.recent / u.whole_days)) end as days_left,
        least(:soon, d.next_month - 1 - d.today) as soon, d.today
    from used u cross join days d
)
select f.account_id, f.key, f.included, f.month, f.is_reached,
    case when not f.is_reached then f.today + f.days_left::int end as reached_on
from found f
where (f.is_reached or f.days_left <= f.soon)
    and not exists (select from domain_events e where e.account_id = f.account_id
        and e.type = any(case when f.is_reached then array['LimitReached'] else array['LimitReached', 'LimitNear'] end)
        and e.occurred_at > f.month - interval '1 day' and e.body ->> 'metric_key' = f.key
        and e.body ->> 'month' = f.month::text)
order by f.account_id, f.key
"""
)


async def note(session: WriteSession) -> int:
    """Note every limit of this month that is used up, or will be within days, each once; how many."""
    await session.execute(ONE_AT_A_TIME)
    rows = (await session.execute(FOUND, {"soon": SOON})).all()
    news: list[DomainEvent] = []
    for row in rows:
        about = {"account_id": row.account_id, "metric_key": row.key, "included": row.included, "month": row.month}
        news.append(LimitReached(**about) if row.is_reached else LimitNear(**about, reached_on=row.reached_on))
    await emit_all(session, news)
    return len(rows)
