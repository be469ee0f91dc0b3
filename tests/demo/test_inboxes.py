"""What staff and customers find in their inboxes when they first sign in to the demo."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import text

from backend.demo.situations import CHAMPION_LEFT, PAYS_NOT, visitor_address
from tests.demo.loading import Demo

TOLD = text(
    """select n.matter, n.read_at is null as is_new, n.created_at
    from notifications n join persons p on p.id = n.person_id where p.email = :email order by n.created_at"""
)


@pytest.mark.parametrize(
    "email, matters",
    [
        ("csm@demo.example", {"ALERT", "URGENT_ALERT", "TASK_ASSIGNED"}),
        (visitor_address(PAYS_NOT), {"PAYMENT_FAILED"}),
    ],
)
async def test_an_inbox_holds_what_happened_lately_some_of_it_read(demo: Demo, email: str, matters: set[str]) -> None:
    async with demo.database.begin() as session:
        told = (await session.execute(TOLD, {"email": email})).all()
        now = await session.scalar(text("select waymark_now()"))
        left = await session.scalar(text("select count(*) from work_items where kind ~ 'tell'"))

    read = Counter(row.is_new for row in told)
    assert matters <= {row.matter for row in told}
    assert read[True] > 0
    assert read[False] > 0
    assert all(row.created_at < now for row in told)
    assert left == 0


async def test_a_customer_whose_champion_left_was_told_that_they_stand_lower(demo: Demo) -> None:
    async with demo.database.begin() as session:
        told = (await session.execute(TOLD, {"email": visitor_address(CHAMPION_LEFT)})).all()

    assert {row.matter for row in told} == {"STANDING_CHANGED"}


async def test_most_alerts_that_were_judged_were_useful(demo: Demo) -> None:
    async with demo.database.begin() as session:
        row = (
            await session.execute(
                text("select count(*) filter (where is_useful) as yes, count(is_useful) as all from alerts")
            )
        ).one()

    assert 0 < row.yes < row.all
    assert row.yes > row.all / 2
