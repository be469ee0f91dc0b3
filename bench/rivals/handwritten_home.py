"""The member's home as one carefully written SQL statement behind the same door, as the staff list is."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.applications import Starlette

from backend.viewer import Viewer
from bench.rivals.handwritten import FACTOR_STATEMENT, FACTOR_STATUS, Question, serving

MEMBER_HOME = f"""
select case when (select set_config('waymark.account_id', $1, true) is not null
                     and set_config('waymark.person_id', $2, true) is not null) then (
    select json_build_object('viewer', json_build_object(
        'kind', case when $2 = '' then 'API_KEY' else 'MEMBER' end,
        'account', (
            select row_to_json(account)
            from (
                select 'acct_' || translate(a.id::text, '-', '') as id,
                       a.name,
                       case when t.key is not null then json_build_object('name', t.name) end as tier,
                       (select json_build_object('displayName', coalesce(p.name, 'Somebody'))
                        from staff s join persons p on p.id = s.person_id
                        where s.id = a.success_manager_id) as "successManager",
                       (select row_to_json(health)
                        from (
                            select case when t.health_visibility = 'SCORE'
                                        then h.score / 1000000.0::float8 end as score, h.band,
                                   coalesce(w.words, 'Not enough data yet') as words, h.trend,
                                   (select json_agg(row_to_json(factor))
                                    from (
                                        select l.key, l.name, {FACTOR_STATEMENT} as statement,
                                               case when t.health_visibility = 'SCORE'
                                                    then contribution / 1000000.0::float8 end as contribution,
                                               {FACTOR_STATUS} as status
                                        from (
                                            select *, row_number() over (order by position) as place
                                            from health_leaves
                                            where model_version = h.model_version and profile = h.profile
                                              and is_customer_visible
                                        ) l
                                        cross join lateral (
                                            select n as numerator, d as denominator,
                                                   substr(h.statuses, l.place::int, 1) as status,
                                                   case when d is null then n else n / nullif(d, 0) end as value,
                                                   h.contributions[l.place] as contribution
                                            from (values (h.numerators[l.place], h.denominators[l.place])) v (n, d)
                                        ) measured
                                        order by l.place
                                    ) factor) as factors
                            from current_customer_health h
                            left join health_words w on w.model_version = h.model_version and w.band = h.band
                            where h.account_id = a.id and coalesce(t.health_visibility, 'WORDS') <> 'HIDDEN'
                        ) health) as health,
                       (select coalesce(json_agg(row_to_json(day)), '[]')
                        from (
                            select u.day as "on", sum(u.delta)::float8 / power(10, max(m.scale)) as value
                            from usage_daily u join metrics m on m.id = u.metric_id
                            where u.account_id = a.id and m.key = 'conversations' and u.day between $3 and $4
                            group by u.day
                            order by u.day
                        ) day) as usage,
                       (select coalesce(json_agg(row_to_json(subscription)), '[]')
                        from (
                            select plan_key as "planKey", status, seats, starts_on as "startsOn"
                            from subscriptions
                            where account_id = a.id and superseded_on is null and starts_on <= waymark_today()
                              and (ends_on is null or ends_on > waymark_today())
                            order by starts_on, id
                        ) subscription) as subscriptions,
                       (select coalesce(json_agg(row_to_json(counted)), '[]')
                        from (
                            select used, included, used / nullif(included, 0) as share
                            from (
                                select m.key,
                                       (select coalesce(sum(u.delta)::float8, 0) from usage_daily u
                                        where u.account_id = a.id and u.metric_id = m.id
                                          and u.day between date_trunc('month', waymark_today())::date
                                                        and waymark_today()) / power(10, m.scale) as used,
                                       limited.quantity as included
                                from (
                                    select distinct on (key) key, quantity
                                    from (
                                        select limit_metric as key, sum(limit_quantity)::float8 as quantity, 0 as place
                                        from subscriptions
                                        where account_id = a.id and superseded_on is null
                                          and starts_on <= waymark_today()
                                          and (ends_on is null or ends_on > waymark_today())
                                          and limit_metric is not null and limit_quantity is not null
                                        group by limit_metric
                                        union all
                                        select entry.key, entry.value::float8, 1 from jsonb_each_text(t.limits) entry
                                    ) either
                                    order by key, place
                                ) limited
                                join metrics m on m.key = limited.key
                                offset 0
                            ) measured
                            order by measured.key
                        ) counted) as limits,
                       (select json_build_object(
                            'totalCount', (select count(*) from (
                                select 1 from members where account_id = a.id limit 25000) n),
                            'nodes', coalesce(json_agg(row_to_json(member)), '[]'))
                        from (
                            select m.role, json_build_object('displayName', coalesce(p.name, p.email, 'Somebody'),
                                                             'email', p.email) as person
                            from (select * from members where account_id = a.id order by joined_on, id limit 10) m
                            join persons p on p.id = m.person_id
                            order by m.joined_on, m.id
                        ) member) as members
                from accounts a left join tiers t on t.key = a.tier_key
                where a.id = nullif($1, '')::uuid
            ) account
        )
    ))
) end
"""


def _arguments(variables: dict[str, Any], viewer: Viewer) -> list[Any]:
    days = (date.fromisoformat(variables[name]) for name in ("from", "to"))
    return [str(viewer.account_id or ""), str(viewer.person_id or ""), *days]


def create_app() -> Starlette:
    """The application."""
    return serving(Question(MEMBER_HOME, ("accounts:read", "people:read", "billing:read"), _arguments))
