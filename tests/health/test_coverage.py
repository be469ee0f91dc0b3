"""What the sources can feed of the model."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert

from backend.db.engine import WriteSession
from backend.health.coverage import coverage
from backend.program.setup import initialise
from backend.usage.models import Source, SourceFeed, SourceKind

DAY = date(2024, 1, 1)


async def connect(session: WriteSession, *feeds: str) -> None:
    source = Source(key="crm", name="CRM", kind=SourceKind.CSV)
    session.add(source)
    await session.flush()
    for feed in feeds:
        row = {"source_id": source.id, "feed": feed, "since": DAY, "until": DAY, "first_known_on": DAY}
        await session.execute(insert(SourceFeed).values(row))


async def test_nothing_connected_says_what_to_connect_first(session: WriteSession) -> None:
    await initialise(session)

    found = await coverage(session)

    assert found.share == 0
    assert found.sentence().startswith(
        "0 of 9 leaves, 0 % of the weight; connect usage by person and subscriptions with seats for 25 %, "
    )
    assert "a helpdesk for 15 %" in found.sentence()


async def test_only_what_is_missing_is_asked_for(session: WriteSession) -> None:
    await initialise(session)
    metrics = ("metric:conversations", "metric:api_calls", "metric:feature_requests", "metric:community_activity")

    await connect(session, "active_members", "seats", "invoices", *metrics)

    assert (await coverage(session)).sentence() == "8 of 9 leaves, 85 % of the weight; connect a helpdesk for 15 %."


async def test_a_fully_fed_model_asks_for_nothing(session: WriteSession) -> None:
    await initialise(session)
    metrics = ("metric:conversations", "metric:api_calls", "metric:feature_requests", "metric:community_activity")

    await connect(session, "active_members", "seats", "invoices", "tickets", *metrics)

    assert (await coverage(session)).sentence() == "9 of 9 leaves, 100 % of the weight."
