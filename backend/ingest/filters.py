"""What accounts can be filtered by that events know."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DateTime, func, select

from backend.accounts.models import Account
from backend.filters import DAYS, INTEGER, TEXT, Condition, Fields, Path, Reading, conjunction, numbers
from backend.ingest.models import Event


def _event(reading: Reading, given: Any, path: Path) -> Condition:
    """How often an event occurred in the last days, counted in whole days back from now; at least once by default."""
    asked = reading.object(given, ("name", "withinDays", "count"), path, needed=("name", "withinDays"))
    if "name" not in asked or "withinDays" not in asked:
        return conjunction([])
    name = reading.leaf(TEXT, asked["name"], (*path, "name"))
    days = reading.leaf(DAYS, asked["withinDays"], (*path, "withinDays"))
    now = func.waymark_now(type_=DateTime(timezone=True))
    occurred = (
        Event.account_id == Account.id,
        Event.name == name,
        Event.occurred_at > now - func.make_interval(0, 0, 0, days),
        Event.occurred_at <= now,
    )
    if "count" not in asked:
        return select(Event.id).where(*occurred).correlate(Account).exists()
    count = select(func.count()).select_from(Event).where(*occurred).correlate(Account).scalar_subquery()
    return numbers(INTEGER).predicate(reading, asked["count"], (*path, "count"))(count)


FIELDS: Fields = {"event": _event}
