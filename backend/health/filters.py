"""What accounts can be filtered by that health knows, as staff see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, and_, exists, func, select
from sqlalchemy.orm import aliased

from backend.accounts.models import Account
from backend.engagement.queries import mood_in_force
from backend.filters import DAYS, TEXT, Condition, Fields, Path, Reading, conjunction, keys, numbers, related
from backend.health.models import CurrentHealth, HealthBand, HealthOverride, HealthSnapshot, RetentionCategory

POINT = 1_000_000
"""Micro-points in a point: filters speak of points."""
BANDS = {"band": tuple(HealthBand), "category": tuple(RetentionCategory)}
"""Vocabularies that the code itself knows."""


def current(condition: Condition) -> Condition:
    """Whether an account's live health meets a condition."""
    return exists().where(CurrentHealth.account_id == Account.id, condition).correlate(Account)


def scored(condition: Condition) -> Condition:
    """Whether an account has a score and its live health meets a condition on `sort_score`, which has the index."""
    return current(and_(CurrentHealth.sort_score >= 0, condition))


def _override() -> Any:
    """The category that staff or an acute signal has set and that has not ended; of several, the latest."""
    return (
        select(HealthOverride.category)
        .where(
            HealthOverride.account_id == CurrentHealth.account_id,
            HealthOverride.started_at <= func.waymark_now(),
            HealthOverride.ends_at > func.waymark_now(),
        )
        .order_by(HealthOverride.started_at.desc(), HealthOverride.id.desc())
        .limit(1)
        .correlate(CurrentHealth)
        .scalar_subquery()
    )


def _change(reading: Reading, given: Any, path: Path) -> Condition:
    """The live score less the closing score that many days before, in points; missing where either is."""
    asked = reading.object(given, ("days", "delta"), path, needed=("days", "delta"))
    if len(asked) < 2:
        return conjunction([])
    days = reading.leaf(DAYS, asked["days"], (*path, "days"))
    before = aliased(HealthSnapshot)
    earlier = (
        select(before.score)
        .where(before.account_id == CurrentHealth.account_id, before.day == CurrentHealth.day - days)
        .order_by(before.revision.desc())
        .limit(1)
        .correlate(CurrentHealth)
        .scalar_subquery()
    )
    test = numbers(scale=POINT)
    return related(CurrentHealth.score - earlier, test, current)(reading, asked["delta"], (*path, "delta"))


def _pulse_disagrees(reading: Reading, given: Any, path: Path) -> Condition:
    """Whether staff feel otherwise about the account than the band of its live score says; false without either."""
    other = current(
        and_(CurrentHealth.band != HealthBand.INSUFFICIENT_DATA, CurrentHealth.band != mood_in_force(Account.id))
    )
    return reading.truth(given, other, path)


FIELDS: Fields = {
    "pulseDisagrees": _pulse_disagrees,
    "health": related(CurrentHealth.sort_score, numbers(scale=POINT), scored),
    "healthChange": _change,
    "band": related(CurrentHealth.band, keys(TEXT.of("band")), current),
    "category": related(
        func.coalesce(_override(), CurrentHealth.category, type_=Text()), keys(TEXT.of("category")), current
    ),
}
