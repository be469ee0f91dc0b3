"""Scoring: reads facts, writes scores. Set-based: a few statements for any number of accounts and days.

The features become leaves in a temporary table; the combinations of missing leaves that occur get their effective
weights from `rules`; scores, bands and rows follow in one INSERT an audience. Everything happens in the caller's
transaction.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from backend.db import clock
from backend.db.engine import WriteSession
from backend.errors import Conflict
from backend.health import conditions, leaf_sql, many_days, one_day, plain_day, rules, score_sql
from backend.health.conditions import Deliveries
from backend.health.definition import Model, from_stored
from backend.health.features import MetricIds, Plan, plan
from backend.health.leaf_sql import STAGE
from backend.health.models import HealthModel
from backend.health.one_day import Among, lit
from backend.health.score_sql import CURRENT, ROW, SNAPSHOTS, Audience
from backend.usage.models import Metric

AUDIENCES: tuple[Audience, ...] = ("staff", "customer")

PREPARE = text("""
    select set_config('jit', 'off', true), set_config('work_mem', '192MB', true),
           set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_nestloop', 'off', true)
""")
"""Plans are made for the days at hand, and join whole sets: the planner cannot know how many rows the set-based SELECT
gives from one step to the next, and a nested loop over too low a guess takes minutes instead of a second. Local to the
transaction, so a pooler hands nothing on."""


@dataclass(frozen=True)
class Accounts:
    """Which accounts are scored: a list, or all from one id to another, both included."""

    ids: tuple[UUID, ...] | None = None
    first: UUID = UUID(int=0)
    last: UUID = UUID(int=2**128 - 1)

    @property
    def among(self) -> Among:
        """The condition in SQL."""
        if self.ids is not None:
            return one_day.among_ids
        return one_day.among_all if self == EVERY_ACCOUNT else one_day.among_range

    @property
    def bound(self) -> dict[str, Any]:
        """The values that the condition binds."""
        if self.ids is not None:
            return {"accounts": list(self.ids)}
        return {} if self == EVERY_ACCOUNT else {"first_account": self.first, "last_account": self.last}


EVERY_ACCOUNT = Accounts()


@dataclass(frozen=True)
class Version:
    """A model with its number."""

    number: int
    in_force_from: date | None
    model: Model


async def versions(session: WriteSession) -> list[Version]:
    """All versions of the model, the oldest first."""
    rows = await session.scalars(select(HealthModel).order_by(HealthModel.version))
    return [Version(row.version, row.in_force_from, from_stored(row.definition)) for row in rows]


def in_force(known: Sequence[Version], day: date) -> Version:
    """The version in force on a day; the first holds for all earlier days. Raises Conflict when there is none."""
    if not known:
        raise Conflict(
            "There is no health model yet. `waymark program apply` makes one from the program's health.yaml."
        )
    return max(
        (v for v in known if v.in_force_from is None or v.in_force_from <= day),
        key=lambda v: v.number,
        default=known[0],
    )


async def metric_ids(session: WriteSession) -> MetricIds:
    """The metrics that the database knows."""
    rows = (await session.execute(select(Metric.key, Metric.id, Metric.scale))).all()
    return MetricIds({row.key: row.id for row in rows}, {row.key: row.scale for row in rows})


async def score_now(
    session: WriteSession,
    accounts: Accounts = EVERY_ACCOUNT,
    *,
    day: date | None = None,
    version: Version | None = None,
) -> int:
    """Score accounts live: today, with all that is known. Returns how many have a score or lack data.

    The live band follows from the last closing band. Accounts that are no customers any more lose their live health.
    `version` is a model to try out instead of the one in force, `day` another day than today.
    """
    day = day or await clock.today(session)
    version = version or in_force(await versions(session), day)
    delivered = await conditions.deliveries(session, day)
    made = plan(version.model, conditions.on(version.model, delivered, day, day), await metric_ids(session))
    await session.execute(PREPARE)
    selects = await _day_selects(session, made, day, day, accounts, delivered)
    occurring = await _stage(session, version.model, selects)
    for audience in AUDIENCES:
        await session.execute(
            text(
                f"delete from {CURRENT[audience]} c where {accounts.among('c')}"
                f" and account_id not in (select account_id from {STAGE})"
            ),
            accounts.bound,
        )
        if rows := _rows(version, occurring, audience, accounts, day, latest=True, several_days=False):
            statement = _current(version.model, audience, rows, accounts, day)
            await session.execute(text(statement), accounts.bound)
    return int(await session.scalar(text(f"select count(*) from {STAGE}")) or 0)


async def close(session: WriteSession, day: date, accounts: Accounts = EVERY_ACCOUNT) -> Stored:
    """Store the closing snapshots of a day as known at its end, where there are none yet."""
    return await score_days(session, [day], accounts)


async def score_days(
    session: WriteSession,
    days: Sequence[date],
    accounts: Accounts = EVERY_ACCOUNT,
    *,
    restated: bool = False,
) -> Stored:
    """Store the closing snapshots of days, ascending and past or present.

    As known at the end of each day: where there is none yet; those that exist are compared. `restated`: with all that
    is known today, as a further revision where the newest differs. The model is the one in force on each day.
    """
    known = await versions(session)
    delivered = await conditions.deliveries(session, days[-1])
    today = await clock.today(session) if restated else None
    metrics = await metric_ids(session)
    total = Stored()
    for version, some in groupby(days, lambda day: in_force(known, day)):
        block = list(some)
        if len(block) > 1 and await _has_days_between(session, block, accounts):
            # Closings between these days are part of the memory of bands, so that each day must see those before.
            parts = [[day] for day in block]
        else:
            parts = [block]
        for part in parts:
            plans = [
                (day, plan(version.model, conditions.on(version.model, delivered, day, today or day), metrics))
                for day in part
            ]
            await session.execute(PREPARE)
            selects = await _selects(session, plans, accounts, today, delivered)
            occurring = await _stage(session, version.model, selects)
            total += await _store(session, version, occurring, accounts, part, today)
    return total


@dataclass(frozen=True)
class Stored:
    """What became of days of accounts."""

    new: int = 0
    """Stored, as a closing or as a further revision."""
    unchanged: int = 0
    """Came out as they are stored."""
    differing: int = 0
    """Came out otherwise than they are stored."""

    def __add__(self, other: Stored) -> Stored:
        return Stored(self.new + other.new, self.unchanged + other.unchanged, self.differing + other.differing)


Select = tuple[str, Mapping[str, Any]]
"""A SELECT of leaves and what it binds."""

WORTH_A_SPAN = 4
"""From so many days on one pass over a span costs less than a pass for each day."""


async def _selects(
    session: WriteSession,
    plans: Sequence[tuple[date, Plan]],
    accounts: Accounts,
    today: date | None,
    delivered: Deliveries,
) -> list[Select]:
    """SELECTs of the leaves of some days: spans of days where nothing is silent, single days elsewhere."""
    found: list[Select] = []
    for _, same in groupby(plans, lambda each: each[1].conditions):
        group = list(same)
        days, made = [day for day, _ in group], group[0][1]
        if len(days) < WORTH_A_SPAN or any(made.conditions.ends):
            for day in days:
                found += await _day_selects(session, made, day, today or day, accounts, delivered)
            continue
        while days:
            within = bisect_right(days, days[0] + timedelta(days=many_days.LONGEST_SPAN))
            part, days = days[:within], days[within:]
            span = many_days.Span(made, part, today, accounts.among)
            late = tuple(await session.scalars(text(many_days.late(span)), accounts.bound))
            bound = {**accounts.bound, "late": list(late)}
            moving = list(await session.scalars(text(many_days.moving(span)), bound))
            bound["several"] = list(await session.scalars(text(many_days.several(span)), accounts.bound))
            for some in (replace(span, seats_move=False), span)[: 2 if moving else 1]:
                found.append((leaf_sql.select(made, many_days.select(some)), {**bound, "moving": moving}))
            if late:
                few = Accounts(late)
                found += [(_one_day(made, day, today or day, few), few.bound) for day in part]
    return found


def _one_day(made: Plan, day: date, known: date, accounts: Accounts) -> str:
    return leaf_sql.select(made, one_day.select(made, day, known, accounts.among))


async def _day_selects(
    session: WriteSession, made: Plan, day: date, known: date, accounts: Accounts, delivered: Deliveries
) -> list[Select]:
    """SELECTs of the leaves of one day: of plain accounts in one pass, of the others with every case in mind."""
    if accounts.ids is not None or not plain_day.is_possible(made) or delivered.are_shared(day, known):
        return [(_one_day(made, day, known, accounts), accounts.bound)]
    others = await session.scalars(text(plain_day.rough(made, day, known, accounts.among)), accounts.bound)
    rough = Accounts(tuple(others))
    plain = leaf_sql.select(made, plain_day.select(made, day, known, accounts.among))
    found: list[Select] = [
        (f"{plain} where account_id <> all(cast(:rough as uuid[]))", {**accounts.bound, "rough": list(rough.ids or ())})
    ]
    if rough.ids:
        found.append((_one_day(made, day, known, rough), rough.bound))
    return found


async def _stage(session: WriteSession, model: Model, selects: Sequence[Select]) -> list[str]:
    """Put leaves into the temporary table. Returns the statuses that occur together, by letter."""
    await session.execute(text(f"drop table if exists pg_temp.{STAGE}"))
    for number, (leaves, bound) in enumerate(selects):
        into = f"insert into {STAGE}" if number else f"create temporary table {STAGE} on commit drop as"
        await session.execute(text(f"{into} {leaves}"), bound)
    columns = ", ".join(leaf_sql.code_columns(len(model.leaves)))
    # Without it the planner takes a join with the few statuses to leave next to nothing, and nests loops over the rest.
    # A few hundred rows tell it enough.
    await session.execute(text("select set_config('default_statistics_target', '1', true)"))
    await session.execute(text(f"analyze {STAGE} (account_id, {columns})"))
    found = await session.execute(text(f"select distinct {columns} from {STAGE}"))
    return [leaf_sql.letters(row, len(model.leaves)) for row in found]


async def _has_days_between(session: WriteSession, days: Sequence[date], accounts: Accounts) -> bool:
    return await _are_stored(session, days, accounts, f"and c.day <> all({one_day.dates(days)})")


async def _are_stored(session: WriteSession, days: Sequence[date], accounts: Accounts, more: str = "") -> bool:
    """Whether there are closings from the first day to the last."""
    # In the order of the key, so that the index answers also while the planner knows nothing of a table that grows.
    statement = f"""select account_id from {SNAPSHOTS["staff"]} c where {accounts.among("c")}
        and c.day between {lit(days[0])} and {lit(days[-1])} {more} order by account_id, day limit 1"""
    return await session.scalar(text(statement), accounts.bound) is not None


def _rows(
    version: Version,
    occurring: Sequence[str],
    audience: Audience,
    accounts: Accounts,
    first: date,
    *,
    latest: bool,
    several_days: bool,
) -> str | None:
    """SELECT of the staged accounts' and days' rows for an audience; None when nothing is staged."""
    places = range(len(version.model.leaves)) if audience == "staff" else version.model.visible
    if not occurring or not places:
        return None
    chosen = score_sql.weights(version.model, tuple(places), occurring)
    prior = score_sql.last_bands(audience, lit(first), accounts.among("c"), latest=latest)
    scored = score_sql.scores(version.model, version.number, chosen)
    return score_sql.closing(version.model, scored, prior, several_days=several_days)


async def _store(
    session: WriteSession,
    version: Version,
    occurring: Sequence[str],
    accounts: Accounts,
    days: Sequence[date],
    today: date | None,
) -> Stored:
    """Store what is staged: as closings where there are none, or (with `today`) as revisions of what differs."""
    result = Stored()
    some_exist = await _are_stored(session, days, accounts)
    for audience in AUDIENCES:
        rows = _rows(
            version, occurring, audience, accounts, days[0], latest=today is not None, several_days=len(days) > 1
        )
        if rows is None:
            continue
        if some_exist and audience == "staff":
            compared = text(score_sql.compared(SNAPSHOTS[audience], rows, today))
            counted = (await session.execute(compared, accounts.bound)).one()
            result += Stored(0, counted.unchanged, counted.differing)
        insert = text(score_sql.stored(audience, rows, today, some_exist=some_exist))
        done = await session.execute(insert, accounts.bound)
        if audience == "staff":
            result += Stored(new=done.rowcount)  # type: ignore[attr-defined]
    return result


async def refresh_trends(session: WriteSession, accounts: Accounts, *, since: date) -> None:
    """Work out the trends of live scores anew, after closings up to a day were stored; old days change no trend."""
    day = await clock.today(session)
    if since < day - timedelta(days=rules.TREND_DAYS - 1):
        return
    for audience in AUDIENCES:
        await session.execute(
            text(
                f"update {CURRENT[audience]} f set trend = waymark_trend(h.days, h.scores)"
                f" from {_history(audience, accounts, day)} h where h.account_id = f.account_id"
            ),
            accounts.bound,
        )


def _history(audience: Audience, accounts: Accounts, day: date) -> str:
    """Relation (account_id, days, scores) of the closings of the 28 days before a day."""
    return f"""(select account_id, array_agg(number) as days, array_agg(score) as scores from (
        select distinct on (c.account_id, c.day) c.account_id, c.day - date '2000-01-01' as number, c.score
        from {SNAPSHOTS[audience]} c
        where {accounts.among("c")} and c.day >= {lit(day - timedelta(days=rules.TREND_DAYS))} and c.day < {lit(day)}
        order by c.account_id, c.day, c.revision desc) h where score is not null group by account_id)"""


def _current(model: Model, audience: Audience, rows: str, accounts: Accounts, day: date) -> str:
    """The upsert of live rows. The trend is worked out at the first scoring of a day and kept through the day."""
    table, snapshots = CURRENT[audience], SNAPSHOTS[audience]
    trend = (
        "case when f.trend is not null then f.trend when h.scores is null then 'UNKNOWN'"
        " else waymark_trend(h.days, h.scores) end"
    )
    columns, values, joins = (
        f"account_id, day, trend, {ROW}",
        f"r.account_id, r.day, {trend}, r.{ROW.replace(', ', ', r.')}",
        "",
    )
    if audience == "staff":
        columns += ", sort_score, category, change_7, change_30"
        values += f", coalesce(r.score, -1), {score_sql.category(model, 'r.band', 'r.score')}"
        for days in (7, 30):
            values += f", coalesce(r.score - c{days}.score, 0)"
            joins += f"""
                left join (select distinct on (c.account_id) c.account_id, c.score from {snapshots} c
                    where {accounts.among("c")} and c.day between {lit(day - timedelta(days=days + 6))}
                    and {lit(day - timedelta(days=days))} order by c.account_id, c.day desc, c.revision desc
                ) c{days} on c{days}.account_id = r.account_id"""
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ") if name != "account_id")
    return f"""
        insert into {table} ({columns})
        select {values} from ({rows}) r
        left join {table} f on f.account_id = r.account_id and f.day = {lit(day)}
        left join {_history(audience, accounts, day)} h on h.account_id = r.account_id {joins}
        on conflict (account_id) do update set {updates}, computed_at = waymark_now()"""
