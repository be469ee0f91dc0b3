from __future__ import annotations

import pytest

from backend.health.models import HealthBand
from backend.program.consequences import bands

pytestmark = pytest.mark.unit

GREEN, YELLOW, RED, UNKNOWN = HealthBand.GREEN, HealthBand.YELLOW, HealthBand.RED, HealthBand.INSUFFICIENT_DATA


def test_moves_are_told_largest_first() -> None:
    assert bands([(GREEN, GREEN, 900), (GREEN, YELLOW, 9), (RED, YELLOW, 3), (YELLOW, RED, 1), (RED, UNKNOWN, 1)]) == (
        "14 accounts of 914 change band:",
        "  9 from green to yellow",
        "  3 from red to yellow",
        "  1 from yellow to red",
        "  1 from red to insufficient data",
        "4 leave red, 1 enters it.",
    )


def test_one_account_is_told_in_the_singular() -> None:
    assert bands([(RED, GREEN, 1)]) == (
        "1 account of 1 changes band:",
        "  1 from red to green",
        "1 leaves red, 0 enter it.",
    )


def test_nothing_that_moves_is_said_too() -> None:
    assert bands([(GREEN, GREEN, 1_200), (RED, RED, 34)]) == ("None of 1,234 accounts changes band.",)
    assert bands([]) == ("No account is scored.",)


def test_a_first_score_is_no_change() -> None:
    assert bands([(None, GREEN, 2), (RED, None, 1)]) == (
        "1 account of 1 changes band:",
        "  1 from red to no score",
        "1 leaves red, 0 enter it.",
        "2 accounts get a first score.",
    )
