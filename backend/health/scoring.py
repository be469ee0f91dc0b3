"""Scoring: reads facts, writes scores. Set-based: a few statements for any number of accounts and days.

The features become leaves in a temporary table; the combinations of missing leaves that occur get their effective
weights from `rules`; scores, bands and rows follow in one INSERT an audience. Everything happens in the caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from backend.db import clock
from backend.db.engine import WriteSession
from backend.errors import Conflict
from backend.health import conditions, leaf_sql, one_day, score_sql
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
           set_config('plan_cache_mode', 'force_custom_plan', true)
""")
"""Plans are made for the days at hand. Local to the transaction, so a pooler hands nothing on."""


@dataclass(frozen=True)
class Accounts:
    """Which accounts are scored: a list, or all from one id to another, both included."""

    ids: tuple[UUID, ...] | None = None
    first: UUID = UUID(int=0)
    last: UUID = UUID(int=2**128 - 1)

    @property
    def among(self) -> Among:
        """The condition in SQL."""
        return one_day.among_range if self.ids is None else one_day.among_ids

    @property
    def bound(self) -> dict[str, Any]:
        """The values that the condition binds."""
        if self.ids is None:
            return {"first_account": self.first, "last_account": self.last}
        return {"accounts": list(self.ids)}


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
    await stage(session, accounts, [(made, day, day)])
    for audience in AUDIENCES:
        await session.execute(
            text(
                f"delete from {CURRENT[audience]} c where {accounts.among('c')}"
                f" and account_id not in (select account_id from {STAGE})"
            ),
            accounts.bound,
        )
        if rows := await rows_of(session, version, audience, accounts, day, latest=True, several_days=False):
            statement = _current(version.model, audience, rows, accounts, day)
            await session.execute(text(statement), accounts.bound)
    return int(await session.scalar(text(f"select count(*) from {STAGE}")) or 0)


async def close(session: WriteSession, day: date, accounts: Accounts = EVERY_ACCOUNT) -> int:
    """Store the closing snapshots of a day as known at its end, where there are none yet. Returns how many."""
    version = in_force(await versions(session), day)
    delivered = await conditions.deliveries(session, day)
    made = plan(version.model, conditions.on(version.model, delivered, day, day), await metric_ids(session))
    await stage(session, accounts, [(made, day, day)])
    return await store(session, version, accounts, day, several_days=False)


async def stage(session: WriteSession, accounts: Accounts, days: Sequence[tuple[Plan, date, date]]) -> None:
    """Put the leaves of (plan, day, known on) into the temporary table, one day after the other."""
    await session.execute(PREPARE)
    await session.execute(text(f"drop table if exists pg_temp.{STAGE}"))
    for number, (made, day, known) in enumerate(days):
        leaves = leaf_sql.select(made, one_day.select(made, day, known, accounts.among))
        into = f"insert into {STAGE}" if number else f"create temporary table {STAGE} on commit drop as"
        await session.execute(text(f"{into} {leaves}"), accounts.bound)


async def rows_of(
    session: WriteSession,
    version: Version,
    audience: Audience,
    accounts: Accounts,
    first: date,
    *,
    latest: bool,
    several_days: bool,
) -> str | None:
    """SELECT of the staged accounts' and days' rows for an audience; None when nothing is staged."""
    masks = list(await session.scalars(text(f"select distinct missing from {STAGE}")))
    places = range(len(version.model.leaves)) if audience == "staff" else version.model.visible
    if not masks or not places:
        return None
    chosen = score_sql.weights(version.model, tuple(places), masks)
    prior = score_sql.last_bands(audience, lit(first), accounts.among("c"), latest=latest)
    scored = score_sql.scores(version.model, version.number, chosen)
    return score_sql.closing(version.model, scored, prior, several_days=several_days)


async def store(session: WriteSession, version: Version, accounts: Accounts, first: date, *, several_days: bool) -> int:
    """Store what is staged as closing snapshots, where there are none. Returns how many days of accounts were new."""
    stored = 0
    for audience in AUDIENCES:
        rows = await rows_of(session, version, audience, accounts, first, latest=False, several_days=several_days)
        if rows is None:
            continue
        known = ("known_on, ", "day, ") if audience == "staff" else ("", "")
        done = await session.execute(
            text(
                f"insert into {SNAPSHOTS[audience]} (account_id, day, revision, {known[0]}{ROW})"
                f" select account_id, day, 0, {known[1]}{ROW} from ({rows}) r on conflict do nothing"
            ),
            accounts.bound,
        )
        stored = max(stored, done.rowcount)  # type: ignore[attr-defined]
    return stored


def _current(model: Model, audience: Audience, rows: str, accounts: Accounts, day: date) -> str:
    """The upsert of live rows. The trend is worked out at the first scoring of a day and kept through the day."""
    table, snapshots = CURRENT[audience], SNAPSHOTS[audience]
    history = f"""(select account_id, array_agg(number) as days, array_agg(score) as scores from (
        select distinct on (c.account_id, c.day) c.account_id, c.day - date '2000-01-01' as number, c.score
        from {snapshots} c
        where {accounts.among("c")} and c.day >= {lit(day - timedelta(days=27))} and c.day < {lit(day)}
        order by c.account_id, c.day, c.revision desc) h where score is not null group by account_id)"""
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
        left join {history} h on h.account_id = r.account_id {joins}
        on conflict (account_id) do update set {updates}, computed_at = waymark_now()"""
