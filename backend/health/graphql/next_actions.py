"""What an account's people can do for their health, with what exactly that step would gain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Double, Integer, Text, case, column, func, select

from backend.graphql.planner import Computed, Decimal, never_null, row
from backend.health.graphql.expressions import points, spoken, text
from backend.health.graphql.scores import visibility, words_of
from backend.health.models import HealthBand

COLUMNS: dict[str, Any] = {
    "key": Text(),
    "leaf_key": Text(),
    "title": Text(),
    "body": Text(),
    "who": Text(),
    "link": Text(),
    "step": Double(),
    "gain": Integer(),
    "band_after": Text(),
    "is_other_band": Boolean(),
    "model_version": Integer(),
    "place": Integer(),
}
"""What `waymark_next_actions` returns."""


@row()
class NextActionType:
    """Something that an account's people can do for their health, with what comes of exactly that step."""

    key: str
    """The word for it in the program files."""
    factor_key: str
    """Key of the factor that it moves."""
    title: str
    """What to do, in a few words."""
    body: str
    """How, and what comes of it."""
    who: str
    """Who can do it."""
    link: str | None
    """Where: a page of the portal that begins with a slash, or an https address."""
    step: Decimal
    """By how much the numerator of the factor changes with it."""
    gain: Decimal | None
    """Points that the customers' score would be higher with that step and all else as it is, exactly; null where the
    tier shows words only."""
    band_after: HealthBand
    """The colour of the score with that step."""
    words_after: str
    """That colour in words."""
    improves_band: bool
    """Whether that is another colour than today's."""


def next_actions_of(account: Any) -> Computed:
    """What can be done today, the largest gain first; nothing where the tier hides health."""
    seen = visibility(account)
    called = func.waymark_next_actions(account.id)
    action: Any = called.table_valued(*(column(name, kind) for name, kind in COLUMNS.items()), name="action").c
    step = spoken(func.abs(action.step))
    return (
        select(
            action.key.label("key"),
            action.leaf_key.label("factor_key"),
            func.replace(action.title, text("{step}"), step, type_=Text()).label("title"),
            func.replace(action.body, text("{step}"), step, type_=Text()).label("body"),
            action.who.label("who"),
            action.link.label("link"),
            action.step.label("step"),
            case((seen == text("SCORE"), points(action.gain))).label("gain"),
            action.band_after.label("band_after"),
            words_of(action.model_version, action.band_after).label("words_after"),
            action.is_other_band.label("improves_band"),
        )
        .where(seen != text("HIDDEN"))
        .order_by(never_null(action.place))
    )
