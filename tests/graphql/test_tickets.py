"""Tickets as staff read them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from backend.db.engine import Database
from backend.support.models import Ticket
from tests.graphql.world import World, public

TICKETS = """query($id: ID!) { account(id: $id) { internal { tickets(first: 5) { totalCount nodes {
  key openedAt firstResponseSeconds resolutionSeconds reopenings
  sentiment sentimentIsEstimated rating ratingScale } } } } }"""


async def test_staff_read_how_long_customers_waited(own_world: World, database: Database) -> None:
    async with database.begin() as session:
        await session.execute(
            update(Ticket)
            .where(Ticket.account_id == own_world.acme.account)
            .values(
                opened_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
                answered_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
                resolved_at=datetime(2026, 3, 4, 9, tzinfo=UTC),
                reopenings=1,
                sentiment=-0.25,
                sentiment_is_estimated=True,
                rating=9,
                rating_scale=10,
            )
        )

    found = await own_world.data("staff", TICKETS, {"id": public("acct", own_world.acme.account)})

    assert found["account"]["internal"]["tickets"] == {
        "totalCount": 1,
        "nodes": [
            {
                "key": "tick-Acme",
                "openedAt": "2026-03-02T09:00:00+00:00",
                "firstResponseSeconds": 1_800,
                "resolutionSeconds": 172_800,
                "reopenings": 1,
                "sentiment": -0.25,
                "sentimentIsEstimated": True,
                "rating": 9,
                "ratingScale": 10,
            }
        ],
    }


async def test_a_ticket_that_nobody_has_answered_has_no_times(world: World) -> None:
    found = await world.data("staff", TICKETS, {"id": public("acct", world.zenith.account)})

    node = found["account"]["internal"]["tickets"]["nodes"][0]
    assert (node["firstResponseSeconds"], node["resolutionSeconds"], node["sentiment"]) == (None, None, None)


async def test_tickets_are_not_for_customers(world: World) -> None:
    found = await world.data("acme", TICKETS, {"id": public("acct", world.acme.account)})

    assert found == {"account": {"internal": None}}
