"""Documented events of conversations with support: what they tell, and what is kept of their words.

Any helpdesk feeds them over the event API: those of live chats are named by Segment's specification
(https://segment.com/docs/connections/spec/live-chat/), those of tickets by docs/ingest.md. Words are not kept: what the
customer wrote is judged on the way in, and the judgement is kept instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeGuard

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


class Turn(StrEnum):
    """What happens to a conversation."""

    OPENED = "OPENED"
    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"
    RATED = "RATED"


TURNS: Mapping[str, Turn] = {
    "Live Chat Conversation Started": Turn.OPENED,
    "Live Chat Message Sent": Turn.ASKED,
    "Live Chat Message Received": Turn.ANSWERED,
    "Live Chat Conversation Ended": Turn.RESOLVED,
    "Support Ticket Opened": Turn.OPENED,
    "Support Ticket Commented": Turn.ASKED,
    "Support Ticket Answered": Turn.ANSWERED,
    "Support Ticket Resolved": Turn.RESOLVED,
    "Support Ticket Closed": Turn.RESOLVED,
    "Support Ticket Reopened": Turn.REOPENED,
    "Support Ticket Rated": Turn.RATED,
}
"""Name of the event → what it tells."""

KEYS = ("ticket_id", "conversation_id")
"""Properties that name the conversation; the first that is there counts."""
SAID_BY_CUSTOMERS = frozenset({Turn.OPENED, Turn.ASKED, Turn.REOPENED, Turn.RATED})
WORDS = ("message_body", "text")
"""Properties that hold what somebody wrote."""
KEPT_TEXTS = frozenset({*KEYS, "message_id", "agent_id", "channel", "priority"})
LONGEST_KEPT = 200
LONGEST_JUDGED = 2_000
"""Characters; what is written after them seldom changes the mood."""
LONGEST_SENTENCE = 100
"""Words; a longer one is judged in pieces, since what judging costs grows with their square."""
JUDGED = "sentiment"
IS_ESTIMATED = "sentiment_is_estimated"
Mood = Callable[[str], float | None]
"""Gives the sentiment of a text."""


def words_of(name: str, properties: Mapping[str, Any]) -> str:
    """What a customer wrote in an event, as far as it is judged; empty where nobody has to judge."""
    if TURNS.get(name) not in SAID_BY_CUSTOMERS or sentiment_of(properties) is not None:
        return ""
    return "\n".join(written for key in WORDS if isinstance(written := properties.get(key), str))[:LONGEST_JUDGED]


def without_words(name: str, properties: Mapping[str, Any], mood: Mood | None = None) -> dict[str, Any]:
    """What is kept of an event's properties: numbers and truths, names of things, and a judgement instead of words.

    Only events of conversations are changed. A sentiment that the source states is kept as it is. `mood` judges what
    `words_of` says; `estimate` does, where nobody has judged before.
    """
    turn = TURNS.get(name)
    if turn is None:
        return dict(properties)
    kept = {
        key: value
        for key, value in properties.items()
        if isinstance(value, bool | int | float)
        or (isinstance(value, str) and key in KEPT_TEXTS and len(value) <= LONGEST_KEPT)
    }
    kept.pop(IS_ESTIMATED, None)
    if (words := words_of(name, properties)) and (sentiment := (mood or estimate)(words)) is not None:
        kept |= {JUDGED: sentiment, IS_ESTIMATED: True}
    return kept


def estimate(text: str) -> float | None:
    """The sentiment of an English text from -1 to 1, by VADER; None where it knows none of the words.

    The mean over sentences, of which those without a known word count nothing. docs/ingest.md says how good it is.
    """
    judged = [
        scores for one in _sentences(text) if (scores := _analyzer().polarity_scores(one))["pos"] or scores["neg"]
    ]
    if not judged:
        return None
    mean: float = sum(scores["compound"] for scores in judged) / len(judged)
    return round(mean, 4)


def estimates(texts: Collection[str]) -> dict[str, float | None]:
    """Each text with its estimate. Of many it takes a second: not for an event loop."""
    return {text: estimate(text) for text in texts}


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text, so short and so few that judging them is cheap."""
    # A pictograph becomes words before anything is counted, as it would afterwards.
    plain = text[:LONGEST_JUDGED].translate(_pictographs())[:LONGEST_JUDGED]
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", plain):
        words = sentence.split()
        for start in range(0, len(words), LONGEST_SENTENCE):
            yield " ".join(words[start : start + LONGEST_SENTENCE])


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


@cache
def _pictographs() -> dict[int, str]:
    """Pictograph → what VADER reads in its place."""
    return {ord(sign): f" {words} " for sign, words in _analyzer().emojis.items() if len(sign) == 1}


@dataclass(frozen=True)
class Told:
    """What an event tells of a conversation."""

    key: str
    turn: Turn
    sentiment: float | None
    is_estimated: bool
    rating: float | None
    rating_scale: int | None


USUAL_SCALE = 5
"""The best rating where the source names no scale."""
MOST_SCALE = 1_000


def told(name: str, properties: Mapping[str, Any]) -> Told | None:
    """What a stored event tells; None where it is none of a conversation, or does not say of which."""
    turn = TURNS.get(name)
    key = next((key for at in KEYS if (key := _key(properties.get(at))) is not None), None)
    if turn is None or key is None:
        return None
    sentiment = sentiment_of(properties)
    scale = properties.get("rating_scale", USUAL_SCALE)
    rating = properties.get("rating")
    is_rated = _is_number(rating) and isinstance(scale, int) and 1 <= scale <= MOST_SCALE and 0 <= rating <= scale
    return Told(
        key=key,
        turn=turn,
        sentiment=sentiment,
        is_estimated=sentiment is not None and properties.get(IS_ESTIMATED) is True,
        rating=float(rating) if is_rated and _is_number(rating) else None,
        rating_scale=scale if is_rated else None,
    )


def sentiment_of(properties: Mapping[str, Any]) -> float | None:
    """A stated sentiment; None where there is none from -1 to 1."""
    value = properties.get(JUDGED)
    return float(value) if _is_number(value) and -1 <= value <= 1 else None


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_KEPT else None
