"""From features to leaves: status, numerator, denominator and normalised value of every leaf, in SQL.

Layer over layer, each fenced by `offset 0` so that PostgreSQL computes an expression once instead of copying it into
every place that reads it.
"""

from __future__ import annotations

from backend.health.definition import Model
from backend.health.features import Plan
from backend.health.one_day import lit

STAGE = "scoring_leaves"
"""The temporary table that carries the leaves from one statement to the next."""


def select(made: Plan, features: str) -> str:
    """SELECT of the leaves over a SELECT of the features: account_id, day, profile, missing, s1, n1, d1, v1, s2 …

    `missing` is a bit mask of the leaves that do not count. Statuses are the letters that snapshots store.
    """
    model, numbers = made.model, range(1, len(made.leaves) + 1)
    drawn = []
    for number, leaf in zip(numbers, made.leaves, strict=True):
        drawn.append(f"({leaf.numerator}) as n{number}")
        drawn.append(f"({leaf.denominator or 'null::float8'}) as d{number}")
        drawn.append(f"coalesce({leaf.empty}, false) as e{number}")
        drawn.append(f"{_status(made, number - 1)} as s{number}")
    profile = _profile(model)
    inner = f"select account_id, day, since, {profile} as profile, {', '.join(drawn)} from ({features}) f offset 0"
    shown = []
    for number in numbers:
        gone = f"s{number} in ('N', 'T', 'X')"
        shown.append(f"s{number}")
        shown.append(f"case when not {gone} then n{number} end as n{number}")
        shown.append(f"case when not {gone} then d{number} end as d{number}")
        shown.append(f"case when {gone} then null else {_normalised(made, number - 1)} end as v{number}")
    missing = " | ".join(f"case when s{n} in ('N', 'T', 'X') then {1 << (n - 1)}::bigint else 0 end" for n in numbers)
    head = f"account_id, day, profile::smallint as profile, {missing} as missing"
    return f"select {head}, {', '.join(shown)} from ({inner}) l"


def _status(made: Plan, place: int) -> str:
    leaf, end = made.leaves[place], made.conditions.ends[place]
    if not made.conditions.connected[place] or leaf.applies == "false":
        return "'N'" if not made.conditions.connected[place] else "'X'"
    too_new = f"{lit(end) if end else 'day'} - since < {made.model.too_new_days}"
    cases = [f"when {too_new} then 'T'"]
    if leaf.applies != "true":
        cases.append(f"when ({leaf.applies}) is not true then 'X'")
    if end:
        return f"case {' '.join(cases)} else 'S' end"
    return f"case {' '.join(cases)} when {leaf.empty} then 'Z' else 'M' end"


def _normalised(made: Plan, place: int) -> str:
    """Micro-points before weights; nothing reported has its own value, also in a leaf that is stale."""
    number, leaf = place + 1, made.model.leaves[place]
    value = f"n{number}" if made.leaves[place].denominator is None else f"n{number} / d{number}"
    poor, healthy = _anchors(made.model, place)
    laid = f"round(least(greatest(({value} - {poor}) / ({healthy}), 0), 1) * 100000000)::int"
    return f"case when e{number} then {leaf.empty} else {laid} end"


def _anchors(model: Model, place: int) -> tuple[str, str]:
    """Poor anchor and distance to healthy, by profile."""
    anchors = [model.anchors(place, profile) for profile in range(len(model.profiles) + 1)]
    poor = [f"{low!r}::float8" for low, _ in anchors]
    span = [f"{high!r}::float8 - {low!r}::float8" for low, high in anchors]
    return _by_profile(poor), _by_profile(span)


def _by_profile(choices: list[str]) -> str:
    if len(set(choices)) == 1:
        return choices[0]
    cases = " ".join(f"when {n} then {choice}" for n, choice in enumerate(choices) if n)
    return f"case profile {cases} else {choices[0]} end"


def _profile(model: Model) -> str:
    cases = []
    for number, profile in enumerate(model.profiles, 1):
        conditions = [f"day - since < {profile.younger_than}"] if profile.younger_than is not None else []
        if profile.tiers:
            conditions.append(f"tier in ({', '.join(str(model.tier_place(key) or -1) for key in profile.tiers)})")
        cases.append(f"when {' and '.join(conditions) or 'true'} then {number}")
    return f"case {' '.join(cases)} else 0 end" if cases else "0"
