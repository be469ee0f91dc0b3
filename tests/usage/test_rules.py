from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.usage.rules import patience, silent_since

pytestmark = pytest.mark.unit
MONDAY = date(2024, 3, 4)
DAYS = st.sets(st.integers(0, 200), min_size=1, max_size=60).map(
    lambda places: [MONDAY + timedelta(days=place) for place in sorted(places)]
)


def every(step: int, times: int) -> list[date]:
    return [MONDAY + timedelta(days=step * number) for number in range(times)]


@pytest.mark.parametrize(
    "delivered,allowed",
    [
        ([], 1),
        ([MONDAY], 1),
        (every(1, 30), 3),
        (every(7, 12), 21),
        ([day for day in every(1, 60) if day.weekday() < 5], 9),
        ([*every(1, 60), MONDAY + timedelta(days=69)], 3),
        ([MONDAY, MONDAY + timedelta(days=100)], 1),
    ],
    ids=["nothing", "one day", "daily", "weekly", "business days", "one long gap in sixty", "a gap before the window"],
)
def test_patience_follows_the_usual_gap(delivered: list[date], allowed: int) -> None:
    assert patience(delivered) == allowed


@pytest.mark.parametrize("passed,silent", [(0, False), (3, False), (4, True), (400, True)])
def test_a_daily_source_is_silent_on_the_fourth_day(passed: int, silent: bool) -> None:
    delivered = every(1, 30)

    found = silent_since(delivered, delivered[-1] + timedelta(days=passed))

    assert found == (delivered[-1] if silent else None)


@given(DAYS, st.integers(0, 400))
def test_a_source_once_silent_stays_so_until_it_delivers(delivered: list[date], passed: int) -> None:
    day = delivered[-1] + timedelta(days=passed)

    if silent_since(delivered, day):
        assert silent_since(delivered, day + timedelta(days=1)) == delivered[-1]
        assert silent_since([*delivered, day + timedelta(days=1)], day + timedelta(days=1)) is None
    else:
        assert passed <= patience(delivered)


@given(DAYS)
def test_no_source_is_silent_the_day_after_it_delivered(delivered: list[date]) -> None:
    assert silent_since(delivered, delivered[-1] + timedelta(days=1)) is None
