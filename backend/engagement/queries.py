"""Named reads of engagement that other features share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Date, ScalarSelect, func, select

from backend.engagement.models import Pulse


def mood_in_force(account_id: Any) -> ScalarSelect[str]:
    """SQL: the mood of the newest pulse of an account that has neither expired nor been withdrawn; NULL without one."""
    return (
        select(Pulse.mood)
        .where(
            Pulse.account_id == account_id,
            Pulse.withdrawn_at.is_(None),
            Pulse.expires_on > func.waymark_today(type_=Date),
        )
        .order_by(Pulse.created_at.desc(), Pulse.id.desc())
        .limit(1)
        .correlate_except(Pulse)
        .scalar_subquery()
    )
