"""The arithmetic of health, without I/O: the reference that the SQL of scoring is tested against.

Scores and contributions are integer micro-points (100 points = 100,000,000), weights parts per million. A
contribution is floor(normalised × weight ÷ 1,000,000); what the floors leave of the whole is given out by largest
remainder (Hamilton's method), ties in leaf order; the score is the sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from statistics import NormalDist, median

from backend.health.definition import POINT, WHOLE, Cuts, Model
from backend.health.models import HealthBand, RetentionCategory, Trend

FULL = 100 * POINT
MISSING = frozenset("NTX")
"""Statuses of a leaf that does not count: no source, too new, not applicable."""

TREND_DAYS = 28
TREND_SCORES = 10
"""Fewer closing scores than this in the 28 days say nothing."""
TREND_POINTS = 5 * POINT
TREND_Z = NormalDist().inv_cdf(0.975)
"""Two-sided p < .05."""


def normalise(numerator: float, denominator: float | None, poor: float, healthy: float) -> int:
    """Lay a value between its anchors: 0 at poor and beyond, 100,000,000 at healthy and beyond, linear between."""
    value = numerator if denominator is None else numerator / denominator
    return round(min(max((value - poor) / (healthy - poor), 0.0), 1.0) * FULL)


def largest_remainder(shares: Sequence[Fraction], total: int) -> list[int]:
    """Integers that sum to `total` when the shares do: floors, and one more for the largest remainders, in order."""
    floors = [math.floor(share) for share in shares]
    order = sorted(range(len(shares)), key=lambda place: (floors[place] - shares[place], place))
    for place in order[: total - sum(floors)]:
        floors[place] += 1
    return floors


def nominal_weights(model: Model, places: Sequence[int]) -> list[int]:
    """Nominal weights of some leaves, scaled to the whole."""
    weights = [model.leaves[place].weight for place in places]
    total = sum(weights)
    if total in (0, WHOLE):
        return weights
    return largest_remainder([Fraction(weight * WHOLE, total) for weight in weights], WHOLE)


def effective_weights(weights: Sequence[int], groups: Sequence[str], missing: Iterable[int]) -> list[int]:
    """Weights after those of missing leaves went to the rest of their group, and a whole group's to the others.

    Both in proportion to nominal weight. The sum is 1,000,000, or 0 where nothing that weighs is left.
    """
    gone = set(missing)
    left: dict[str, int] = {}
    whole: dict[str, int] = {}
    for place, (weight, group) in enumerate(zip(weights, groups, strict=True)):
        whole[group] = whole.get(group, 0) + weight
        if place not in gone:
            left[group] = left.get(group, 0) + weight
    total = sum(whole[group] for group, weight in left.items() if weight)
    if not total:
        return [0] * len(weights)
    shares = [
        Fraction(0)
        if place in gone or not left[group]
        else Fraction(WHOLE * weight * whole[group], left[group] * total)
        for place, (weight, group) in enumerate(zip(weights, groups, strict=True))
    ]
    return largest_remainder(shares, WHOLE)


def coverage(weights: Sequence[int], missing: Iterable[int]) -> int:
    """Share of the nominal weight that is measured, parts per million."""
    return sum(weights) - sum(weights[place] for place in missing)


def contributions(normalised: Sequence[int | None], weights: Sequence[int]) -> list[int]:
    """What each leaf adds to the score; the score is their sum."""
    products = [(value or 0) * weight for value, weight in zip(normalised, weights, strict=True)]
    return largest_remainder([Fraction(product, WHOLE) for product in products], sum(products) // WHOLE)


@dataclass(frozen=True)
class Scored:
    """The score of one audience."""

    score: int | None
    coverage: int
    weights: list[int]
    contributions: list[int]


def score(model: Model, places: Sequence[int], statuses: str, normalised: Sequence[int | None]) -> Scored:
    """Score the leaves at `places`, for example all of them, or those that customers see."""
    nominal = nominal_weights(model, places)
    missing = [n for n, place in enumerate(places) if statuses[place] in MISSING]
    covered = coverage(nominal, missing)
    if not covered or covered < model.minimum_coverage:
        return Scored(None, covered, [0] * len(places), [0] * len(places))
    weights = effective_weights(nominal, [model.leaves[place].group for place in places], missing)
    parts = contributions([normalised[place] for place in places], weights)
    return Scored(sum(parts), covered, weights, parts)


def closing_band(before: HealthBand | None, score: int | None, cuts: Cuts) -> HealthBand:
    """Band of a day's closing score. `before` is the last closing band that had data, None on the first day.

    A worse band is left only `margin` above the cut: red at the red cut + margin or more, yellow above the green cut
    + margin.
    """
    if score is None:
        return HealthBand.INSUFFICIENT_DATA
    held = cuts.margin if before is HealthBand.RED else 0
    if score < cuts.red + held:
        return HealthBand.RED
    held = cuts.margin if before in (HealthBand.RED, HealthBand.YELLOW) else 0
    return HealthBand.GREEN if score > cuts.green + held else HealthBand.YELLOW


def closing_bands(before: HealthBand | None, scores: Iterable[int | None], cuts: Cuts) -> list[HealthBand]:
    """Bands of consecutive closings, day by day; across days without data the last band is kept in mind."""
    bands: list[HealthBand] = []
    for value in scores:
        bands.append(closing_band(before, value, cuts))
        before = before if value is None else bands[-1]
    return bands


def category(band: HealthBand, score: int | None, cuts: Cuts) -> RetentionCategory | None:
    """Who needs action: follows from the band, and within yellow from the score."""
    match band:
        case HealthBand.RED:
            return RetentionCategory.CRITICAL
        case HealthBand.GREEN:
            return RetentionCategory.SECURE
        case HealthBand.YELLOW:
            at_risk = score is not None and score < cuts.at_risk
            return RetentionCategory.AT_RISK if at_risk else RetentionCategory.MONITOR
        case _:
            return None


def trend(days: Sequence[int], scores: Sequence[int]) -> Trend:
    """Which way scores go: Theil–Sen slope over the span of days, told from noise by Mann and Kendall's test.

    Theil (1950) and Sen (1968): the slope is the median of the slopes of all pairs. Mann (1945), Kendall (1975): S is
    the number of rising less that of falling pairs; its variance with ties is
    (n(n-1)(2n+5) - Σ t(t-1)(2t+5)) ÷ 18, and z has a continuity correction of 1. Steady unless the change over 27
    days is 5 points or more and |z| > 1.96.
    """
    count = len(scores)
    if count < TREND_SCORES:
        return Trend.UNKNOWN
    pairs = list(combinations(zip(days, scores, strict=True), 2))
    change = median((b - a) / (j - i) for (i, a), (j, b) in pairs) * (TREND_DAYS - 1)
    s = sum((b > a) - (b < a) for (_, a), (_, b) in pairs)
    ties = [scores.count(value) for value in set(scores)]
    variance = (count * (count - 1) * (2 * count + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    if abs(change) < TREND_POINTS or not variance or max(abs(s) - 1, 0) / math.sqrt(variance) <= TREND_Z:
        return Trend.STEADY
    return Trend.RISING if change > 0 else Trend.FALLING
