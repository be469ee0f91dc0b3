"""A day as it was known then and restated, its band and what came before, and sums as the API tells them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from backend.db.engine import Database, WriteSession
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.health import rules, scoring, service
from backend.health.models import HealthBand
from backend.health.score_sql import SNAPSHOTS
from backend.permissions import Permission
from backend.viewer import Viewer
from tests.health import world
from tests.health.test_many_days import LAST, a_random_world, snapshots

REVISED = ("subscriptions", "invoices", "tickets", "account_tiers")
DATED = ("usage_daily", "member_days")


async def forget_what_comes_late(session: WriteSession, day: date) -> set[UUID]:
    """Take back what was known after a day, as it stood on that day; the accounts of which it tells of days so far."""
    late: set[UUID] = set()
    for table in (*DATED, *REVISED):
        rows = f"create temporary table late_{table} on commit drop as select * from {table} where known_on > '{day}'"
        await session.execute(text(rows))
        so_far = f"day <= '{day}'" if table in DATED else "true"
        late |= set(await session.scalars(text(f"select account_id from late_{table} where {so_far}")))
        await session.execute(text(f"delete from {table} where known_on > '{day}'"))
    for table in REVISED:
        ended = f"select id, account_id, superseded_on from {table} where superseded_on > '{day}'"
        await session.execute(text(f"create temporary table ended_{table} on commit drop as {ended}"))
        late |= set(await session.scalars(text(f"select account_id from ended_{table}")))
        await session.execute(text(f"update {table} set superseded_on = null where superseded_on > '{day}'"))
    return late


async def learn_it(session: WriteSession) -> None:
    """Put it back."""
    for table in REVISED:
        again = f"update {table} t set superseded_on = e.superseded_on from ended_{table} e where e.id = t.id"
        await session.execute(text(again))
    for table in (*DATED, *REVISED):
        await session.execute(text(f"insert into {table} select * from late_{table}"))


@pytest.mark.parametrize("seed", range(3))
async def test_facts_that_come_late_change_no_day_as_known_then_and_restated_only_their_accounts(
    session: WriteSession, seed: int
) -> None:
    await a_random_world(session, seed + 500, accounts=30)
    day = LAST - timedelta(days=7)
    late = await forget_what_comes_late(session, day)
    await scoring.close(session, day)
    closings = {table: await snapshots(session, table) for table in SNAPSHOTS.values()}
    nothing_yet = await scoring.score_days(session, [day], restated=True)
    await learn_it(session)

    as_known_then = await scoring.score_days(session, [day])
    closings_again = {table: await snapshots(session, table) for table in SNAPSHOTS.values()}
    restated = await scoring.score_days(session, [day], restated=True)

    revised = {
        UUID(str(row[0])) for table in SNAPSHOTS.values() for row in await snapshots(session, table, "revision > 0")
    }
    assert (nothing_yet.new, nothing_yet.differing) == (0, 0)
    assert (as_known_then.new, as_known_then.differing) == (0, 0)
    assert closings_again == closings
    assert {table: await snapshots(session, table, "revision = 0") for table in closings} == closings
    assert restated.differing > 0
    assert revised <= late
    assert late < {row[0] for row in await session.execute(text("select id from accounts"))}


async def test_a_band_follows_from_the_scores_up_to_its_day_alone(session: WriteSession) -> None:
    await a_random_world(session, 600, accounts=40)
    await scoring.score_days(session, [LAST - timedelta(days=n) for n in range(34, -1, -1)])
    cuts = world.default_model().cuts
    remembered = 0

    for table in SNAPSHOTS.values():
        rows = await session.execute(text(f"select account_id, score, band from {table} order by account_id, day"))
        for _, days in groupby(rows.all(), lambda row: row.account_id):
            of_account = list(days)
            scores = [row.score for row in of_account]
            bands = [HealthBand(row.band) for row in of_account]
            assert bands == rules.closing_bands(None, scores, cuts)
            remembered += bands != [rules.closing_band(None, score, cuts) for score in scores]

    assert remembered > 0, "in some account a day is held in a worse band by the days before it"


ASKED = """query($from: Date!, $to: Date!) { accounts(first: 50) { nodes {
  health(asOf: $to) { score factors { groupKey contribution } groups { key contribution } }
  internal {
    health(asOf: $to) { score factors { groupKey contribution } groups { key contribution } }
    healthChange(from: $from, to: $to) { before { score } after { score } lines { delta } } } } } }"""


STAFF = Viewer("staff", permissions=frozenset({Permission.ACCOUNTS_READ, Permission.ACCOUNTS_INTERNAL}))


async def ask(database: Database, query: str, **variables: str) -> dict[str, Any]:
    answer = await Planner(schema()).execute(query, None, variables, STAFF, database.read)
    assert answer.data is not None, answer.errors
    found: dict[str, Any] = orjson.loads(answer.data)
    return found


async def show_scores(session: WriteSession) -> None:
    """Put every account in a tier whose customers see the score."""
    await session.execute(
        text("insert into tiers (key, name, rank, health_visibility, plans) values ('all', 'All', 1, 'SCORE', '{}')")
    )
    await session.execute(text("update accounts set tier_key = 'all'"))


def micro(points: float | None) -> int:
    return round((points or 0) * 1_000_000)


async def test_factors_groups_and_changes_sum_to_the_scores_that_the_api_tells(database: Database) -> None:
    first = LAST - timedelta(days=20)
    async with database.begin() as session:
        await a_random_world(session, 700, accounts=40)
        await show_scores(session)
        await scoring.score_days(session, [first, LAST])

    told = (await ask(database, ASKED, **{"from": str(first), "to": str(LAST)}))["accounts"]["nodes"]

    healths = [one for node in told for one in (node["health"], node["internal"]["health"]) if one]
    changes = [node["internal"]["healthChange"] for node in told if node["internal"]["healthChange"]]
    scored = [one for one in healths if one["score"] is not None]
    moved = [one for one in changes if one["lines"]]
    for one in scored:
        assert sum(micro(factor["contribution"]) for factor in one["factors"]) == micro(one["score"])
        for group in one["groups"]:
            of_group = [factor for factor in one["factors"] if factor["groupKey"] == group["key"]]
            assert sum(micro(factor["contribution"]) for factor in of_group) == micro(group["contribution"])
        assert sum(micro(group["contribution"]) for group in one["groups"]) == micro(one["score"])
    for one in moved:
        difference = micro(one["after"]["score"]) - micro(one["before"]["score"])
        assert sum(micro(line["delta"]) for line in one["lines"]) == difference
    assert len(scored) >= 40
    assert len(moved) >= 5


async def test_too_little_data_is_no_score_anywhere_and_never_zero(database: Database) -> None:
    async with database.begin() as session:
        await world.make_organization(session)
        await world.make_metrics(session, world.metrics_of_default())
        await service.new_version(session, world.default_model(), applied_by="test")
        await world.make_account(session, world.Facts(LAST - timedelta(days=300)), {}, [])
        await show_scores(session)
        await scoring.score_now(session)
        await scoring.close(session, LAST)

    told = await ask(
        database,
        """query($day: Date!) {
          accounts(first: 5) { nodes {
            health { score band words } then: health(asOf: $day) { score band }
            healthHistory(from: $day, to: $day) { score band }
            internal { health { score band category } healthHistory(from: $day, to: $day) { score band } } } }
          low: accounts(first: 5, filter: {health: {lt: 40}}) { totalCount }
          unscored: accounts(first: 5, filter: {health: {isNull: true}}) { totalCount }
          portfolio { byBand { key count } byCategory { key count } } }""",
        day=str(LAST),
    )

    none = {"score": None, "band": "INSUFFICIENT_DATA"}
    assert told == {
        "accounts": {
            "nodes": [
                {
                    "health": {**none, "words": "Too early to tell"},
                    "then": none,
                    "healthHistory": [none],
                    "internal": {"health": {**none, "category": None}, "healthHistory": [none]},
                }
            ]
        },
        "low": {"totalCount": 0},
        "unscored": {"totalCount": 1},
        "portfolio": {
            "byBand": [{"key": "INSUFFICIENT_DATA", "count": 1}],
            "byCategory": [{"key": "UNKNOWN", "count": 1}],
        },
    }
