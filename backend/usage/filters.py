"""What accounts can be filtered by that usage knows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float, cast, func, select

from backend.accounts.models import Account
from backend.filters import DAYS, TEXT, Condition, Fields, Path, Reading, conjunction, numbers, today
from backend.usage.models import Metric, UsageDaily


def _metric(reading: Reading, given: Any, path: Path) -> Condition:
    """The sum of a metric over the last days, today included, in the metric's unit; 0 where nothing was reported."""
    names = ("key", "withinDays", "value")
    asked = reading.object(given, names, path, needed=names)
    if len(asked) < len(names):
        return conjunction([])
    key = reading.leaf(TEXT.of("metric"), asked["key"], (*path, "key"))
    days = reading.leaf(DAYS, asked["withinDays"], (*path, "withinDays"))
    total = (
        select(func.sum(UsageDaily.delta) / cast(func.power(10, func.max(Metric.scale)), Float(53)))
        .select_from(UsageDaily)
        .join(Metric, Metric.id == UsageDaily.metric_id)
        .where(
            Metric.key == key,
            UsageDaily.account_id == Account.id,
            UsageDaily.day > today() - days,
            UsageDaily.day <= today(),
        )
        .correlate(Account)
        .scalar_subquery()
    )
    value = numbers().predicate(reading, asked["value"], (*path, "value"))
    return value(func.coalesce(total, 0.0, type_=Float(53)))


FIELDS: Fields = {"metric": _metric}
