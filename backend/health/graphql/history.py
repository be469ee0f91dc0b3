"""The closing scores of an account, day by day."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import case, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from backend.graphql.days import From, To, between
from backend.graphql.planner import Computed, Decimal, never_null, row
from backend.health.graphql.expressions import points, text
from backend.health.graphql.scores import visibility, words_of
from backend.health.models import CustomerHealthSnapshot, HealthBand, HealthSnapshot


@row()
class HealthPointType:
    """The closing score of one day."""

    on: date
    """The day."""
    score: Decimal | None
    """0 to 100; null where there was not enough data or the tier shows words only."""
    band: HealthBand
    """Its colour."""
    words: str
    """The colour in words."""
    model_version: int
    """The version of the health model that computed it."""


def _history(model: Any, account_id: Any, shows: Any, first: Any, last: Any) -> Any:
    return (
        select(
            model.day.label("on"),
            case((shows, points(model.score))).label("score"),
            model.band.label("band"),
            words_of(model.model_version, model.band).label("words"),
            model.model_version.label("model_version"),
        )
        .ext(distinct_on(model.day))
        .where(model.account_id == account_id, between(model.day, first, last))
        .order_by(never_null(model.day), never_null(model.revision).desc())
    )


def customer_history(account: Any, from_: From, to: To) -> Computed:
    """An account's closing scores as its customers see them; none where its tier hides them."""
    seen = visibility(account)
    rows = _history(CustomerHealthSnapshot, account.id, seen == text("SCORE"), from_, to)
    return _by_day(rows.where(seen != text("HIDDEN")))


def internal_history(account: Any, from_: From, to: To) -> Computed:
    """An account's closing scores as staff see them."""
    return _by_day(_history(HealthSnapshot, account.account_id, true(), from_, to))


def _by_day(rows: Any) -> Computed:
    days = rows.subquery("day")
    return select(*days.c).order_by(never_null(days.c.on))
