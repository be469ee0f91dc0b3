"""What a value of a trait may be: as staff set it, and as systems write it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime

from backend.accounts.models import TraitKind

LONGEST = 500
WORDS_OF_TRUTH = {"true": True, "false": False}


def fitting(kind: str, choices: Sequence[str], value: object) -> str | float | bool | None:
    """A value that is of its trait's kind; None for one that is not."""
    match kind:
        case TraitKind.BOOLEAN:
            return value if isinstance(value, bool) else None
        case TraitKind.NUMBER:
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            return value if is_number else None  # type: ignore[return-value]
        case TraitKind.DATE:
            return value if isinstance(value, str) and _is_day(value) else None
        case TraitKind.CHOICE:
            return str(value) if value in choices else None
        case _:
            is_line = isinstance(value, str) and value.strip().isprintable() and 1 <= len(value.strip()) <= LONGEST
            return value.strip() if is_line else None  # type: ignore[attr-defined]


def converted(kind: str, choices: Sequence[str], value: str | float | bool) -> str | float | bool | None:
    """What a system sent, as a value of its trait's kind: numbers, truth and instants may be written as text, a number
    may be one of a text, and a choice in any case. None for what cannot be read so."""
    word = value.strip() if isinstance(value, str) else str(value)
    match kind:
        case TraitKind.BOOLEAN:
            value = WORDS_OF_TRUTH.get(word.lower(), value)
        case TraitKind.NUMBER if isinstance(value, str):
            value = _number(word)
        case TraitKind.DATE:
            value = _day(word)
        case TraitKind.CHOICE:
            value = next((choice for choice in choices if choice.lower() == word.lower()), word)
        case TraitKind.TEXT if not isinstance(value, bool):
            value = word
    return fitting(kind, choices, value)


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _number(word: str) -> float | str:
    """The number that a text is; digits of other scripts and underscores, which Python reads too, make none."""
    if not word.isascii() or "_" in word:
        return word
    for read in (int, float):
        try:
            return read(word)
        except ValueError:
            continue
    return word


def _day(word: str) -> str:
    """The day that an instant names, as it is written."""
    try:
        return datetime.fromisoformat(word).date().isoformat()
    except ValueError:
        return word
