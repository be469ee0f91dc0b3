"""Loading the demo: what the product made of its facts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.billing import facts
from backend.billing import service as billing
from backend.db import clock
from backend.db.engine import Database
from backend.demo.load import load
from backend.errors import Conflict
from backend.health import scoring
from tests.demo.loading import Demo


async def test_the_organization_is_a_demo_with_bands_of_every_colour(demo: Demo) -> None:
    found = await demo.ask("{ organization { isDemo } portfolio { byBand { key } } }")

    assert found["organization"] == {"isDemo": True}
    assert {one["key"] for one in found["portfolio"]["byBand"]} == {"GREEN", "YELLOW", "RED", "INSUFFICIENT_DATA"}


async def test_a_receiver_of_webhooks_that_went_away_has_left_its_log(demo: Demo) -> None:
    answer = await demo.ask(
        """{ system { webhookEndpoints(first: 9) { nodes { name host removedAt
            deliveries(first: 9) { nodes { type state responseCode failure attempts } } } } } }"""
    )

    [found] = answer["system"]["webhookEndpoints"]["nodes"]
    assert (found["name"], found["host"]) == ("Data warehouse", "hooks.parrot-and-pine.example")
    assert found["removedAt"] is not None
    assert found["deliveries"]["nodes"] == [
        {"type": "webhook.test", "state": "DROPPED", "responseCode": None, "failure": "TIMEOUT", "attempts": 14},
        {"type": "webhook.test", "state": "DELIVERED", "responseCode": 204, "failure": None, "attempts": 1},
    ]


async def test_every_day_is_closed_as_the_product_closes_it(demo: Demo) -> None:
    async with demo.database.begin() as session:
        connection = await session.connection()
        days = await connection.exec_driver_sql(
            "select count(distinct day), max(day) = waymark_today() - 1 from health_snapshots"
        )
        again = await connection.exec_driver_sql(
            """select count(*) from health_snapshots where revision > 1 or known_on <> day"""
        )

        assert tuple(days.one()) == (427, True)
        assert again.scalar_one() == 0


async def test_nothing_is_true_before_it_was_known_nor_known_after_today(demo: Demo) -> None:
    early = """select count(*) from {0} where known_on > waymark_today()"""
    async with demo.database.begin() as session:
        connection = await session.connection()
        for table in ("usage_daily", "member_days", "subscriptions", "invoices", "billing_facts", "tickets"):
            assert (await connection.exec_driver_sql(early.format(table))).scalar_one() == 0, table
        late = await connection.exec_driver_sql("select count(*) from domain_events where occurred_at > waymark_now()")
        assert late.scalar_one() == 0


async def test_what_runs_every_night_finds_nothing_left_to_do(living: Demo) -> None:
    derived = "select account_id, mrr_minor, seats, renews_on, churned_on from account_internals order by 1"
    async with living.database.begin() as session:
        before = (await session.execute(text(derived))).all()
        yesterday = await clock.today(session) - timedelta(days=1)

        await billing.derive_all(session)
        overdue = await facts.note_overdue(session)
        closed = await scoring.close(session, yesterday)

        assert (await session.execute(text(derived))).all() == before
        assert overdue == 0
        assert (closed.new, closed.differing) == (0, 0)
        assert closed.unchanged > 0


async def test_it_is_never_loaded_over_something(database: Database) -> None:
    async with database.begin() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("insert into organizations (name) values ('Mine')")

    with pytest.raises(Conflict, match="needs an empty one"):
        await load(database)
