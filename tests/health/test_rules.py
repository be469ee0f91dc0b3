from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.health import rules
from backend.health.definition import POINT, WHOLE, Cuts, Leaf, Model
from backend.health.measures import Total
from backend.health.models import HealthBand, RetentionCategory, Trend

pytestmark = pytest.mark.unit

GREEN, YELLOW, RED = HealthBand.GREEN, HealthBand.YELLOW, HealthBand.RED
NO_DATA = HealthBand.INSUFFICIENT_DATA
CUTS = Cuts()


@pytest.mark.parametrize(
    "numerator, denominator, poor, healthy, expected",
    [
        (9.0, 36.0, 0.05, 0.40, 57_142_857),
        (2.0, 40.0, 0.05, 0.40, 0),
        (1.0, 40.0, 0.05, 0.40, 0),
        (40.0, 40.0, 0.05, 0.40, 100_000_000),
        (0.0, 3.0, -0.5, 0.5, 50_000_000),
        (12.0, None, 30.0, 0.0, 60_000_000),
        (90.0, None, 30.0, 0.0, 0),
    ],
)
def test_a_value_lies_between_its_anchors(
    numerator: float, denominator: float | None, poor: float, healthy: float, expected: int
) -> None:
    assert rules.normalise(numerator, denominator, poor, healthy) == expected


def test_a_missing_leaf_gives_its_weight_to_its_group() -> None:
    weights = rules.effective_weights([300_000, 200_000, 400_000, 100_000], ["a", "a", "b", "b"], [0])

    assert weights == [0, 500_000, 400_000, 100_000]


def test_a_missing_group_gives_its_weight_to_the_others_in_proportion() -> None:
    weights = rules.effective_weights([600_000, 250_000, 50_000, 100_000], ["use", "talk", "talk", "pay"], [0])

    assert weights == [0, 625_000, 125_000, 250_000]


def test_a_leaf_without_weight_takes_none() -> None:
    assert rules.effective_weights([0, 500_000, 500_000], ["a", "a", "b"], [1]) == [0, 0, WHOLE]


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from("abcd"), st.booleans()), min_size=1, max_size=12).filter(
        lambda leaves: any(weight for weight, _, gone in leaves if not gone)
    )
)
def test_effective_weights_sum_to_the_whole(leaves: list[tuple[int, str, bool]]) -> None:
    missing = [place for place, (_, _, gone) in enumerate(leaves) if gone]

    weights = rules.effective_weights([leaf[0] for leaf in leaves], [leaf[1] for leaf in leaves], missing)

    assert sum(weights) == WHOLE
    assert all(weights[place] == 0 for place in missing)


@given(st.lists(st.tuples(st.integers(0, 100 * POINT), st.integers(0, 10**6)), min_size=1, max_size=12))
def test_contributions_sum_to_the_floor_of_the_exact_score(leaves: list[tuple[int, int]]) -> None:
    normalised, shares = [leaf[0] for leaf in leaves], [leaf[1] for leaf in leaves]
    total = sum(shares) or 1
    weights = rules.largest_remainder([Fraction(share * WHOLE, total) for share in shares], WHOLE if sum(shares) else 0)

    parts = rules.contributions(normalised, weights)

    assert sum(parts) == sum(v * w for v, w in zip(normalised, weights, strict=True)) // WHOLE
    assert all(0 <= part - v * w // WHOLE <= 1 for part, v, w in zip(parts, normalised, weights, strict=True))


def test_the_largest_remainders_get_what_is_left_and_ties_go_by_order() -> None:
    assert rules.largest_remainder([Fraction(1, 3), Fraction(1, 3), Fraction(4, 3)], 2) == [1, 0, 1]


@pytest.mark.parametrize(
    "before, points, expected",
    [
        (None, 39.999999, RED),
        (None, 40, YELLOW),
        (None, 70, YELLOW),
        (None, 70.000001, GREEN),
        (RED, 41.999999, RED),
        (RED, 42, YELLOW),
        (RED, 72, YELLOW),
        (RED, 72.000001, GREEN),
        (YELLOW, 72, YELLOW),
        (YELLOW, 72.000001, GREEN),
        (YELLOW, 40, YELLOW),
        (YELLOW, 39.999999, RED),
        (GREEN, 70.000001, GREEN),
        (GREEN, 70, YELLOW),
        (GREEN, 39, RED),
    ],
)
def test_a_worse_band_is_left_only_above_its_cut_and_the_margin(
    before: HealthBand | None, points: float, expected: HealthBand
) -> None:
    assert rules.closing_band(before, round(points * POINT), CUTS) is expected


def test_a_day_without_data_has_no_band_and_does_not_wipe_the_memory() -> None:
    bands = rules.closing_bands(None, [30 * POINT, None, 41 * POINT, 42 * POINT], CUTS)

    assert bands == [RED, NO_DATA, RED, YELLOW]


@pytest.mark.parametrize(
    "band, points, expected",
    [
        (RED, 41, RetentionCategory.CRITICAL),
        (YELLOW, 54.999999, RetentionCategory.AT_RISK),
        (YELLOW, 55, RetentionCategory.MONITOR),
        (GREEN, 71, RetentionCategory.SECURE),
        (NO_DATA, None, None),
    ],
)
def test_the_category_follows_from_the_band(
    band: HealthBand, points: float | None, expected: RetentionCategory | None
) -> None:
    score = None if points is None else round(points * POINT)

    assert rules.category(band, score, CUTS) is expected


@pytest.mark.parametrize(
    "scores, expected",
    [
        ([50] * 28, Trend.STEADY),
        ([50] * 9, Trend.UNKNOWN),
        ([50 + n for n in range(28)], Trend.RISING),
        ([80 - n / 5 for n in range(28)], Trend.FALLING),
        ([80 - n / 6 for n in range(28)], Trend.STEADY),
        ([50, 90] * 14, Trend.STEADY),
        ([50] * 27 + [10], Trend.STEADY),
    ],
)
def test_a_trend_is_a_change_of_five_points_that_stands_out(scores: list[float], expected: Trend) -> None:
    assert rules.trend(range(len(scores)), [round(score * POINT) for score in scores]) is expected


def leaf(key: str, group: str, weight: int, *, visible: bool = True) -> Leaf:
    return Leaf(
        key=key,
        name=key,
        group=group,
        weight=weight,
        measure=Total(metrics=("m",)),
        window=28,
        poor=0,
        healthy=1,
        unit="",
        empty=0,
        visible=visible,
        statement="{numerator}",
        nothing="nothing",
        change=key,
        change_denominator="",
    )


MODEL = Model(
    groups={"a": "A", "b": "B"},
    leaves=(leaf("x", "a", 400_000), leaf("y", "a", 200_000), leaf("z", "b", 400_000, visible=False)),
)


def test_under_half_of_the_weight_there_is_no_score() -> None:
    scored = rules.score(MODEL, [0, 1, 2], "NMN", [None, 100 * POINT, None])

    assert scored == rules.Scored(None, 200_000, [0, 0, 0], [0, 0, 0])


def test_customers_see_a_score_over_visible_leaves_alone() -> None:
    hidden_is_bad = rules.score(MODEL, MODEL.visible, "MMM", [80 * POINT, 50 * POINT, 0])
    hidden_is_good = rules.score(MODEL, MODEL.visible, "MMM", [80 * POINT, 50 * POINT, 100 * POINT])

    assert hidden_is_bad == hidden_is_good
    assert hidden_is_bad.weights == [666_667, 333_333]
    assert hidden_is_bad.score == 70_000_010
