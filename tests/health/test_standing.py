"""That an account closed a day elsewhere than the day before, as its customers see it, is noted once."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.accounts.models import HealthVisibility
from backend.db import clock
from backend.db.engine import WriteSession
from backend.events import DomainEventRow
from backend.health import standing
from backend.health.models import CustomerHealthSnapshot
from backend.health.scoring import EVERY_ACCOUNT
from tests.factories import make_account, make_tier


async def closed(session: WriteSession, account_id: UUID, *bands: str, versions: tuple[int, int] = (1, 1)) -> date:
    """An account's bands on the last days; returns yesterday."""
    yesterday = await clock.today(session) - timedelta(days=1)
    session.add_all(
        CustomerHealthSnapshot(
            account_id=account_id, day=yesterday - timedelta(days=back), revision=1, model_version=version, profile=0,
            score=None if band == "INSUFFICIENT_DATA" else 1, band=band, coverage=1, statuses="", numerators=[],
            denominators=[], normalised=[], weights=[], contributions=[],
        )
        for back, band, version in zip((1, 0), bands, versions, strict=True)
    )  # fmt: skip
    await session.flush()
    return yesterday


async def noted(session: WriteSession) -> list[tuple[UUID | None, object, object]]:
    rows = await session.scalars(select(DomainEventRow).where(DomainEventRow.type == "CustomerStandingChanged"))
    return [(row.account_id, row.body["before"], row.body["after"]) for row in rows]


async def test_it_is_noted_once_and_of_yesterday_alone(session: WriteSession) -> None:
    moved, same = await make_account(session), await make_account(session)
    yesterday = await closed(session, moved.id, "YELLOW", "GREEN")
    await closed(session, same.id, "RED", "RED")

    counts = [await standing.note(session, yesterday, EVERY_ACCOUNT) for _ in range(2)]
    long_ago = await standing.note(session, yesterday - timedelta(days=1), EVERY_ACCOUNT)

    assert (counts, long_ago) == ([1, 0], 0)
    assert await noted(session) == [(moved.id, "YELLOW", "GREEN")]


@pytest.mark.parametrize(
    ("visibility", "bands", "versions"),
    [
        ("HIDDEN", ("YELLOW", "GREEN"), (1, 1)),
        ("WORDS", ("INSUFFICIENT_DATA", "GREEN"), (1, 1)),
        ("WORDS", ("GREEN", "INSUFFICIENT_DATA"), (1, 1)),
        ("SCORE", ("YELLOW", "GREEN"), (1, 2)),
    ],
    ids=["hidden", "known at last", "not known any more", "another model"],
)
async def test_what_is_no_news_of_the_account_is_not_noted(
    session: WriteSession, visibility: str, bands: tuple[str, str], versions: tuple[int, int]
) -> None:
    await make_tier(session, "some", health_visibility=HealthVisibility(visibility).value)
    account = await make_account(session, tier_key="some")
    yesterday = await closed(session, account.id, *bands, versions=versions)

    assert await standing.note(session, yesterday, EVERY_ACCOUNT) == 0
    assert await noted(session) == []
