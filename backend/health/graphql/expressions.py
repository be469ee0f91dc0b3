"""Numbers and words of health as SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DateTime, Double, Numeric, Text, cast, func, literal_column

POINT = 1_000_000.0


def points(micro: Any) -> Any:
    """SQL: micro-points as points with up to six decimals, exactly."""
    return cast(micro, Double()) / POINT


def share(millionths: Any) -> Any:
    """SQL: parts per million as a share of 1."""
    return cast(millionths, Double()) / POINT


def text(word: str) -> Any:
    """SQL: a constant of this module."""
    return literal_column(f"'{word}'", Text())


def spoken(number: Any, decimals: int = 1) -> Any:
    """SQL: a number as people read it, with at most so many decimals."""
    rounded = func.round(cast(number, Numeric()), decimals)
    return func.coalesce(cast(func.trim_scale(rounded, type_=Numeric()), Text()), text("?"))


def now() -> Any:
    """SQL: the time, by the one clock."""
    return func.waymark_now(type_=DateTime(timezone=True))
