"""Tuning a model: what other weights and anchors would make of today's scores, and of accounts that were lost.

Weights and anchors come after what is measured, and every score is stored with its numerators and denominators. So
nothing is measured again: the leaves are laid between other anchors, and the second half of scoring runs over them as
it does every hour. A few statements for any number of accounts, none of which writes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from backend.db import clock
from backend.db.engine import WriteSession
from backend.errors import InvalidInput
from backend.health import leaf_sql, score_sql, scoring
from backend.health.definition import WHOLE, Leaf, Model
from backend.health.models import HealthBand
from backend.health.one_day import among_all, lit
from backend.health.rules import MISSING
from backend.health.scoring import PREPARE, Version
from backend.program.section import nearest

MOST_CHANGES = 60
MOST_MOVED = 100
"""Accounts that are listed of those that change band."""
LOST_WITHIN_DAYS = 365
HORIZONS = (30, 60)
"""So many days before an account was lost its score is looked at."""
LATE_DAYS = 6
"""Where that very day was not closed, a closing of so many days before it stands in."""
MOST_VERSIONS = 20
"""Of the newest models, whose closings can be scored again."""
LARGEST_ANCHOR = 1e12
NO_SOURCE = str(len(leaf_sql.LETTERS))


@dataclass(frozen=True)
class Change:
    """What is to be otherwise of a leaf; None: stays as it is."""

    leaf: str
    weight: float | None = None
    """Share of the whole."""
    poor: float | None = None
    healthy: float | None = None


@dataclass(frozen=True)
class Moved:
    """An account that would change band."""

    account_id: UUID
    name: str
    before: tuple[int | None, HealthBand]
    after: tuple[int | None, HealthBand]


@dataclass(frozen=True)
class Today:
    """What a change does to the portfolio."""

    bands: Mapping[HealthBand, tuple[int, int]]
    """Accounts before and after."""
    moved: Sequence[Moved]
    """The first of them, those with the most revenue."""
    moved_count: int
    at_risk: Mapping[str, tuple[int, int]]
    """MRR at risk by currency, minor units, before and after."""


@dataclass(frozen=True)
class Warned:
    """What a model said so many days ahead of accounts that were lost, or of those that were not."""

    days: int
    accounts: int
    """Those that had a closing then."""
    red: tuple[int, int]
    """Before and after."""
    yellow: tuple[int, int]


@dataclass(frozen=True)
class Effect:
    """What a change of the model would do, and would have done."""

    version: int
    today: Today
    lost: int
    """Accounts lost within a year."""
    warned: Sequence[Warned]
    """Of the lost ones, by days before they left."""
    alarmed: Sequence[Warned]
    """Of those that are customers today, by days before today: red there was a false alarm."""


def changed(model: Model, changes: Sequence[Change]) -> Model:
    """The model with other weights and anchors. Raises InvalidInput, which names the place."""
    if len(changes) > MOST_CHANGES:
        raise InvalidInput(f"A model has at most {MOST_CHANGES} leaves.", field=["changes"])
    leaves = {leaf.key: leaf for leaf in model.leaves}
    seen = set[str]()
    for place, change in enumerate(changes):
        at = ["changes", str(place)]
        leaf = leaves.get(change.leaf)
        if leaf is None:
            raise InvalidInput(f"{change.leaf[:80]} is no leaf. {nearest(change.leaf, leaves)}", field=[*at, "leafKey"])
        if change.leaf in seen:
            raise InvalidInput(f"{change.leaf} is changed twice. Say it once.", field=[*at, "leafKey"])
        seen.add(change.leaf)
        leaves[change.leaf] = _leaf(leaf, change, at)
    total = sum(leaf.weight for leaf in leaves.values())
    if total != WHOLE:
        raise InvalidInput(f"The weights sum to {total / WHOLE:g}. Make them sum to 1.", field=["changes"])
    return model.model_copy(update={"leaves": tuple(leaves.values())})


def _leaf(leaf: Leaf, change: Change, at: list[str]) -> Leaf:
    given: dict[str, Any] = {}
    if change.weight is not None:
        if not 0 <= change.weight <= 1:
            raise InvalidInput("A weight is a share of the whole, from 0 to 1.", field=[*at, "weight"])
        given["weight"] = round(change.weight * WHOLE)
    for name in ("poor", "healthy"):
        value = getattr(change, name)
        if value is not None:
            if not math.isfinite(value) or abs(value) > LARGEST_ANCHOR:
                raise InvalidInput(
                    f"An anchor lies between −{LARGEST_ANCHOR:g} and {LARGEST_ANCHOR:g}.", field=[*at, name]
                )
            given[name] = value
    made = leaf.model_copy(update=given)
    if made.poor == made.healthy:
        name = "poor" if change.healthy is None else "healthy"
        raise InvalidInput("`poor` and `healthy` are the same value. Write another for one of them.", field=[*at, name])
    return made


async def live(session: WriteSession) -> Version:
    """The model by which today is scored. Raises Conflict where there is none."""
    return scoring.in_force(await scoring.versions(session), await clock.today(session))


async def effect(session: WriteSession, version: Version, model: Model, *, day: date | None = None) -> Effect:
    """What a model, which differs from the live `version` in weights and anchors, does today and would have done.

    `day` is another day than today.
    """
    day = day or await clock.today(session)
    await session.execute(PREPARE)
    known = {each.number: each.model for each in (await scoring.versions(session))[-MOST_VERSIONS:]}
    lost = await session.scalar(text(f"select count(*) from account_internals where {_is_lost(day)}"))
    warned, alarmed = await _past(session, version, model, known, day)
    return Effect(version.number, await _today(session, version, model, day), int(lost or 0), warned, alarmed)


async def _today(session: WriteSession, version: Version, model: Model, day: date) -> Today:
    statuses = await session.scalars(
        text("select distinct statuses from current_health where model_version = :v"), {"v": version.number}
    )
    occurring = list(statuses)
    if not occurring:
        return Today({}, (), 0, {})
    leaves = _leaves(version.model, model, version.model, f"current_health h where h.model_version = {version.number}")
    chosen = score_sql.weights(model, range(len(model.leaves)), occurring)
    prior = score_sql.last_bands("staff", lit(day), among_all("c"), latest=True)
    scored = score_sql.closing(model, score_sql.scores(model, version.number, chosen), prior, several_days=False)
    compared = f"""
        with {leaf_sql.STAGE} as materialized ({leaves}), compared as materialized (
            select c.account_id, c.score as score_before, c.band as band_before, r.score as score_after,
                r.band as band_after, coalesce(i.mrr_minor, 0) as mrr, coalesce(i.mrr_currency, 'USD') as currency,
                coalesce(o.category, c.category) in ('AT_RISK', 'CRITICAL') as risk_before,
                coalesce(o.category, {score_sql.category(model, "r.band", "r.score")})
                    in ('AT_RISK', 'CRITICAL') as risk_after
            from current_health c join ({scored}) r using (account_id)
            left join account_internals i using (account_id)
            left join (select distinct on (account_id) account_id, category from health_overrides
                where started_at <= waymark_now() and ends_at > waymark_now()
                order by account_id, started_at desc, id desc) o using (account_id))"""
    counted = await session.execute(
        text(f"""{compared} select band_before, band_after, currency, count(*) as accounts,
            coalesce(sum(mrr) filter (where risk_before), 0)::bigint as before,
            coalesce(sum(mrr) filter (where risk_after), 0)::bigint as after from compared group by 1, 2, 3""")
    )
    before, after, moved_count = Counter[HealthBand](), Counter[HealthBand](), 0
    at_risk: dict[str, tuple[int, int]] = {}
    for row in counted:
        before[HealthBand(row.band_before)] += row.accounts
        after[HealthBand(row.band_after)] += row.accounts
        moved_count += row.accounts if row.band_before != row.band_after else 0
        had, has = at_risk.get(row.currency, (0, 0))
        at_risk[row.currency] = (had + row.before, has + row.after)
    listed = await session.execute(
        text(f"""{compared} select m.*, a.name from compared m join accounts a on a.id = m.account_id
            where band_before <> band_after order by mrr desc, account_id limit {MOST_MOVED}""")
    )
    moved = [
        Moved(
            row.account_id,
            row.name,
            (row.score_before, HealthBand(row.band_before)),
            (row.score_after, HealthBand(row.band_after)),
        )
        for row in listed
    ]
    bands = {band: (before[band], after[band]) for band in HealthBand}
    return Today(bands, moved, moved_count, {key: at_risk[key] for key in sorted(at_risk) if any(at_risk[key])})


async def _past(
    session: WriteSession, version: Version, model: Model, known: Mapping[int, Model], day: date
) -> tuple[list[Warned], list[Warned]]:
    """What both models say of the closings before accounts were lost, and of as old ones of those that were not."""
    history = f"history as materialized ({_history(day, known)})"
    rows = await session.execute(text(f"with {history} select distinct model_version, statuses from history"))
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row.model_version, set()).add(row.statuses)
    counted: list[Counter[tuple[str, int, str]]] = []
    for chosen in (version.model, model):
        counts = Counter[tuple[str, int, str]]()
        if found:
            for row in await session.execute(text(_counted(history, found, known, version.model, chosen))):
                counts[row.kind, row.days, row.band] = row.accounts
        counted.append(counts)
    return (
        [_warned("lost", days, counted) for days in HORIZONS],
        [_warned("kept", days, counted) for days in HORIZONS],
    )


def _warned(kind: str, days: int, counted: Sequence[Counter[tuple[str, int, str]]]) -> Warned:
    red, yellow = (
        tuple(counts[kind, days, band.value] for counts in counted) for band in (HealthBand.RED, HealthBand.YELLOW)
    )
    total = sum(count for (of, back, _), count in counted[0].items() if (of, back) == (kind, days))
    return Warned(days, total, (red[0], red[1]), (yellow[0], yellow[1]))


def _is_lost(day: date) -> str:
    return f"churned_on > {lit(day - timedelta(days=LOST_WITHIN_DAYS))} and churned_on <= {lit(day)}"


def _history(day: date, known: Mapping[int, Model]) -> str:
    """SELECT of closings, as known then: kind, days ahead, and the snapshot's columns."""
    targets = [
        f"select account_id, '{kind}' as kind, {days} as days, {'churned_on' if kind == 'lost' else lit(day)} - {days}"
        f" as target from account_internals where {condition}"
        for kind, condition in (("lost", _is_lost(day)), ("kept", f"churned_on is null or churned_on > {lit(day)}"))
        for days in HORIZONS
    ]
    versions = ", ".join(map(str, known)) or "0"
    return f"""select t.kind, t.days, s.* from ({" union all ".join(targets)}) t cross join lateral (
        select account_id, day, model_version, profile, statuses, numerators, denominators, normalised
        from health_snapshots s where s.account_id = t.account_id and s.revision = 0
        and s.day between t.target - {LATE_DAYS} and t.target order by s.day desc limit 1) s
        where s.model_version in ({versions})"""


def _counted(history: str, found: Mapping[int, set[str]], known: Mapping[int, Model], base: Model, model: Model) -> str:
    """SELECT of how many accounts have which band, by kind and days: by the cuts alone, without memory of bands."""
    leaves = " union all ".join(
        _leaves(known[number], model, base, f"history h where h.model_version = {number}", more="kind, days, ")
        for number in sorted(found)
    )
    occurring = {
        "".join(statuses[at] if at is not None else "N" for at in _places(known[number], base))
        for number, combinations in found.items()
        for statuses in combinations
    }
    chosen = score_sql.weights(model, range(len(model.leaves)), sorted(occurring))
    nobody = "(select null::uuid as account_id, null::text as band where false)"
    scored = score_sql.closing(model, score_sql.scores(model, 0, chosen), nobody, several_days=False)
    # The same account and day may be looked at from two sides; its band is the same from both.
    return f"""with {history}, {leaf_sql.STAGE} as materialized (
            select distinct on (account_id, day) * from ({leaves}) l order by account_id, day)
        select h.kind, h.days, r.band, count(*) as accounts
        from history h join ({scored}) r using (account_id, day) group by 1, 2, 3"""


def _places(of: Model, base: Model) -> list[int | None]:
    """Where each leaf of the live model stands in another version, which has to measure it alike; None: it does not."""
    places = {leaf.key: place for place, leaf in enumerate(of.leaves)}

    def place(leaf: Leaf) -> int | None:
        found = places.get(leaf.key)
        if found is None or (of.leaves[found].measure, of.leaves[found].window) != (leaf.measure, leaf.window):
            return None
        return found

    return [place(leaf) for leaf in base.leaves]


def _leaves(of: Model, model: Model, base: Model, rows: str, *, more: str = "") -> str:
    """SELECT of the leaves as scoring stages them, from stored rows (alias h) of a version, laid between the anchors of
    another model."""
    profiles = {profile.key: number for number, profile in enumerate(base.profiles, 1)}
    numbers = {n: profiles.get(profile.key, 0) for n, profile in enumerate(of.profiles, 1)}
    cases = " ".join(f"when {n} then {number}" for n, number in numbers.items())
    profile = f"case h.profile {cases} else 0 end" if cases else "0"
    digits = list[str]()
    stored = list[str]()
    values = list[str]()
    for number, (place, at) in enumerate(zip(range(len(model.leaves)), _places(of, base), strict=True), 1):
        if at is None:
            digits.append(NO_SOURCE)
            values.append(f"null::float8 as n{number}, null::float8 as d{number}, null::int as v{number}")
            continue
        digits.append(f"strpos('{leaf_sql.LETTERS}', s{number})")
        stored += [
            f"substr(h.statuses, {at + 1}, 1) as s{number}",
            f"h.numerators[{at + 1}] as n{number}",
            f"h.denominators[{at + 1}] as d{number}",
            f"h.normalised[{at + 1}] as v{number}",
        ]
        values.append(f"n{number}, d{number}, {_value(of, model, place, at, number)} as v{number}")
    return f"""select account_id, day, profile::smallint as profile, {", ".join(leaf_sql.coded(digits))},
        {", ".join(values)}
        from (select {more}h.account_id, h.day, {profile} as profile, {", ".join(stored)} from {rows} offset 0) l"""


def _value(of: Model, model: Model, place: int, at: int, number: int) -> str:
    """The normalised value of a leaf: as stored where its anchors are the same, else laid between the other ones."""
    same = [of.anchors(at, n) for n in range(len(of.profiles) + 1)] == [
        model.anchors(place, n) for n in range(len(model.profiles) + 1)
    ]
    if same:
        return f"v{number}"
    former, leaf = of.leaves[at], model.leaves[place]
    laid = leaf_sql.laid(model, place, f"coalesce(n{number} / nullif(d{number}, 0), n{number})")
    missing = ", ".join(f"'{letter}'" for letter in sorted(MISSING))
    # Of a silent source's leaf it is not stored whether there was nothing to report; the value says so.
    nothing = f"s{number} = 'Z' or s{number} = 'S' and coalesce(n{number}, 0) = 0 and v{number} = {former.empty}"
    return f"case when s{number} in ({missing}) then null when {nothing} then {leaf.empty} else {laid} end"
