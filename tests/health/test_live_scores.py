"""What lists show of live scores, against the rules over the closings before them: band, changes, trend, order."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from backend.db.engine import WriteSession
from backend.health import rules, scoring, service
from backend.health.definition import Cuts
from backend.health.models import HealthBand
from backend.health.score_sql import CURRENT, SNAPSHOTS, Audience
from tests.health import world
from tests.health.test_many_days import LAST, a_random_world

POINT = 1_000_000
CLOSED = (37, 34, 31, 28, 25, 22, 19, 16, 13, 10, 4, 2, 1)
"""So many days ago: none exactly 7 or 30, and in 28 days just as many as a trend takes."""


async def latest_closings(session: WriteSession, audience: Audience) -> dict[UUID, dict[date, Any]]:
    """The newest revision of each closing."""
    found: dict[UUID, dict[date, Any]] = defaultdict(dict)
    rows = await session.execute(
        text(f"select account_id, day, score, band from {SNAPSHOTS[audience]} order by revision")
    )
    for row in rows:
        found[row.account_id][row.day] = row
    return found


def change(score: int | None, closings: dict[date, Any], days: int) -> int:
    """Against the newest closing of the seven days that end so many days ago; 0 without a score on either side."""
    for ago in range(days, days + 7):
        if (then := closings.get(LAST - timedelta(days=ago))) is not None:
            return 0 if score is None or then.score is None else score - then.score
    return 0


def trend(closings: dict[date, Any]) -> str:
    days = [LAST - timedelta(days=ago) for ago in range(28, 0, -1)]
    scored = [(day.toordinal(), closings[day].score) for day in days if day in closings]
    known = [(day, score) for day, score in scored if score is not None]
    return rules.trend([day for day, _ in known], [score for _, score in known]).value


@pytest.mark.parametrize("audience", scoring.AUDIENCES)
async def test_a_live_score_is_told_with_what_the_closings_before_it_say(
    session: WriteSession, audience: Audience
) -> None:
    await a_random_world(session, 800, accounts=60)
    cuts = Cuts(margin=20 * POINT)  # so that bands are held often
    await service.new_version(session, world.default_model().model_copy(update={"cuts": cuts}), applied_by="test")
    await scoring.score_days(session, [LAST - timedelta(days=ago) for ago in CLOSED])
    await scoring.score_days(session, [LAST - timedelta(days=ago) for ago in (1, 10, 31)], restated=True)
    await scoring.score_now(session, day=LAST)

    closings = await latest_closings(session, audience)
    rows = (await session.execute(text(f"select * from {CURRENT[audience]}"))).all()

    moved = held = 0
    trends = set()
    for row in rows:
        own = closings[row.account_id]
        bands = [own[day].band for day in sorted(own) if own[day].band != HealthBand.INSUFFICIENT_DATA]
        before = HealthBand(bands[-1]) if bands else None
        assert row.band == rules.closing_band(before, row.score, cuts)
        assert row.trend == trend(own)
        held += row.band != rules.closing_band(None, row.score, cuts)
        trends.add(row.trend)
        if audience == "staff":
            assert (row.change_7, row.change_30) == (change(row.score, own, 7), change(row.score, own, 30))
            assert row.sort_score == (-1 if row.score is None else row.score)
            moved += row.change_7 != 0 and row.change_30 != 0
    assert len(rows) > 30
    assert len(trends) >= 3
    assert held > 0
    if audience == "staff":
        assert moved > 5


def drifting(drawn: tuple[int, int, list[int]]) -> list[tuple[int, int]]:
    start, slope, noise = drawn
    return [(day, min(max(start + slope * day + by, 0), 100 * POINT)) for day, by in enumerate(noise)]


ANY = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 100 * POINT) | st.sampled_from([0, 40 * POINT])),
    max_size=28,
    unique_by=lambda each: each[0],
)
DRIFTING = st.tuples(
    st.integers(0, 100 * POINT),
    st.integers(-POINT, POINT),
    st.lists(st.integers(-3 * POINT, 3 * POINT), min_size=9, max_size=28),
).map(drifting)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scores=ANY | DRIFTING)
async def test_the_trend_in_sql_is_that_of_the_rules(session: WriteSession, scores: list[tuple[int, int]]) -> None:
    days = [day for day, _ in scores]
    points = [score for _, score in scores]

    found = await session.scalar(
        text("select waymark_trend(cast(:days as int[]), cast(:scores as int[]))"), {"days": days, "scores": points}
    )

    assert found == rules.trend(days, points).value
