"""A ticket from everything that was told of it, whatever the order in which it was told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from uuid import UUID

from backend.ingest.conversations import Turn

NEGATIVE = -0.25
"""A ticket of less is negative. Of what VADER judges so, four fifths are: docs/ingest.md."""
CALM = 0.0
"""A negative ticket of so much or more is so no longer."""


@dataclass(frozen=True)
class TurnTold:
    """One event of a ticket."""

    message_id: str
    account_id: UUID
    turn: Turn
    at: datetime
    sentiment: float | None = None
    is_estimated: bool = False
    rating: float | None = None
    rating_scale: int | None = None


@dataclass(frozen=True)
class TicketState:
    """A ticket as all its events together say."""

    account_id: UUID
    opened_at: datetime
    answered_at: datetime | None
    resolved_at: datetime | None
    reopenings: int
    sentiment: float | None
    sentiment_is_estimated: bool
    rating: float | None
    rating_scale: int | None
    last_at: datetime
    """When the newest of its events was."""


def state_of(events: Sequence[TurnTold]) -> TicketState:
    """The state after at least one event.

    It was opened when it says so, else at its first event; answered by the first answer from then on; resolved by the
    last resolution that nothing reopened after. The newest sentiment that was stated counts, else the mean of the
    estimates; the newest rating counts.
    """
    told = sorted(events, key=lambda one: (one.at, one.message_id))
    opened = next((one for one in told if one.turn is Turn.OPENED), told[0])
    answers = [one.at for one in told if one.turn is Turn.ANSWERED and one.at >= opened.at]
    settled = [one for one in told if one.turn in {Turn.RESOLVED, Turn.REOPENED}]
    stated = [one.sentiment for one in told if one.sentiment is not None and not one.is_estimated]
    estimates = [one.sentiment for one in told if one.sentiment is not None and one.is_estimated]
    ratings = [one for one in told if one.rating is not None]
    mean = round(fsum(estimates) / len(estimates), 6) if estimates else None
    return TicketState(
        account_id=opened.account_id,
        opened_at=opened.at,
        answered_at=answers[0] if answers else None,
        resolved_at=settled[-1].at if settled and settled[-1].turn is Turn.RESOLVED else None,
        reopenings=sum(one.turn is Turn.REOPENED for one in settled),
        sentiment=stated[-1] if stated else mean,
        sentiment_is_estimated=not stated and mean is not None,
        rating=ratings[-1].rating if ratings else None,
        rating_scale=ratings[-1].rating_scale if ratings else None,
        last_at=told[-1].at,
    )


def is_negative_after(moods: Iterable[float | None]) -> bool:
    """Whether a ticket of these sentiments, one after the other, is negative still. One that wavers about the bound
    becomes so once."""
    is_negative = False
    for mood in moods:
        if mood is not None:
            is_negative = mood < NEGATIVE or (is_negative and mood < CALM)
    return is_negative
