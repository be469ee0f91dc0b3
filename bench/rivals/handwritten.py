"""The staff list as one carefully written SQL statement behind the same door.

What it shares with Waymark: the server, the middleware, the authentication, the throttle, the read pool with its
prepared statements, and the viewer set inside the statement. What it does not do: read a GraphQL document. It answers
this one question, and a second one would be a second endpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.graphql.http.buckets import bucket_of
from backend.identity.errors import BadCredential
from backend.viewer import Viewer
from bench.rivals.application import application

POINTS = 1_000
"""What each answer takes from the caller's bucket."""
FACTOR_STATEMENT = """
case status
    when 'N' then 'No source for this is connected'
    when 'T' then 'The account is too young to tell'
    when 'X' then 'This does not apply'
else replace(replace(replace(replace(
    case status when 'Z' then l.nothing else l.statement end,
    '{numerator}', coalesce(trim_scale(round(numerator::numeric, 1))::text, '?')),
    '{denominator}',
    coalesce(trim_scale(round(denominator::numeric, 1))::text, '?')),
    '{value}', coalesce(trim_scale(round(value::numeric, 2))::text, '?')),
    '{percent}',
    coalesce(trim_scale(round((value * 100)::numeric, 0))::text, '?') || ' %')
    || case status when 'S' then ' when its source was last heard of' else '' end
end
"""
"""The sentence about a factor, from its status, numerator, denominator and value."""
FACTOR_STATUS = """
case status when 'M' then 'MEASURED' when 'Z' then 'ZERO' when 'S' then 'STALE'
            when 'N' then 'NO_SOURCE' when 'T' then 'TOO_NEW'
            else 'NOT_APPLICABLE' end
"""
STAFF_LIST = f"""
select case when (select set_config('waymark.account_id', $2, true) is not null
                     and set_config('waymark.person_id', $3, true) is not null) then (
    select json_build_object('accounts', json_build_object('nodes', coalesce(json_agg(row_to_json(item)), '[]')))
    from (
        select 'acct_' || translate(a.id::text, '-', '') as id,
               a.name,
               (select json_build_object('name', t.name) from tiers t where t.key = a.tier_key) as tier,
               (select json_build_object('displayName', coalesce(p.name, 'Somebody'))
                from staff s join persons p on p.id = s.person_id
                where s.id = a.success_manager_id) as "successManager",
               json_build_object(
                   'health', json_build_object(
                       'score', h.score / 1000000.0::float8,
                       'band', h.band,
                       'factors', (
                           select json_agg(row_to_json(factor))
                           from (
                               select l.key,
                                      {FACTOR_STATEMENT} as statement,
                                      numerator, denominator,
                                      contribution / 1000000.0::float8 as contribution,
                                      {FACTOR_STATUS} as status
                               from health_leaves l
                               cross join lateral (
                                   select n as numerator, d as denominator, substr(h.statuses, l.position, 1) as status,
                                          case when d is null then n else n / nullif(d, 0) end as value,
                                          h.contributions[l.position] as contribution
                                   from (values (h.numerators[l.position], h.denominators[l.position])) v (n, d)
                               ) measured
                               where l.model_version = h.model_version and l.profile = h.profile
                               order by l.position
                           ) factor
                       )
                   ),
                   'mrr', json_build_object('amountMinor', i.mrr_minor, 'currencyCode', i.mrr_currency)
               ) as internal,
               (select json_build_object('nodes', coalesce(json_agg(row_to_json(member)), '[]'))
                from (
                    select m.role, json_build_object('displayName', coalesce(p.name, p.email, 'Somebody'),
                                                     'email', p.email) as person
                    from (select * from members where account_id = a.id order by joined_on, id limit 10) m
                    join persons p on p.id = m.person_id
                    order by m.joined_on, m.id
                ) member) as members
        from current_health h
        join accounts a on a.id = h.account_id
        join account_internals i on i.account_id = a.id
        order by h.sort_score, h.account_id
        limit $1
    ) item
) end
"""


@dataclass(frozen=True)
class Question:
    """The one question that an endpoint answers."""

    sql: str
    permissions: tuple[str, ...]
    arguments: Callable[[dict[str, Any], Viewer], list[Any]]
    """The statement's parameters, from the variables of a request and its viewer."""


def serving(question: Question) -> Starlette:
    """An application that answers one question, for whoever may ask it."""

    async def answer(request: Request) -> Response:
        state = request.state
        try:
            viewer = await state.authenticator.viewer(request.headers.get("authorization"))
        except BadCredential:
            viewer = None
        if viewer is None:
            return Response(status_code=401)
        if not all(viewer.allows(permission) for permission in question.permissions):
            return Response(status_code=403)
        variables = orjson.loads(await request.body()).get("variables") or {}
        own = [bucket_of(viewer, request.client.host if request.client else "", state.settings)]
        asked = state.buckets.ask(own, POINTS)
        async with state.database.read[viewer.kind].acquire(question.sql) as connection:
            text = await connection.fetchval(question.sql, *question.arguments(variables, viewer))
        if not (await state.buckets.answer(asked, own, POINTS)).fits:
            return Response(status_code=429)
        return Response(b'{"data":' + text.encode() + b"}", media_type="application/json")

    return application(Route("/graphql", answer, methods=["POST"]))


def _arguments(variables: dict[str, Any], viewer: Viewer) -> list[Any]:
    return [int(variables["first"]), str(viewer.account_id or ""), str(viewer.person_id or "")]


def create_app() -> Starlette:
    """The application."""
    return serving(Question(STAFF_LIST, ("accounts:read", "accounts:internal", "people:read"), _arguments))
