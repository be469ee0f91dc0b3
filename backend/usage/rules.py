"""Pure rules of usage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

GAP_DAYS = 90
TIMES = 3
SHARE = 0.95


def patience(delivered: Sequence[date]) -> int:
    """Days that may pass after the last delivery of a source before it is silent, 1 or more.

    Three times the 95th percentile (nearest rank) of the gaps between its deliveries in the 90 days up to the last,
    one day at least. The window hangs on the last delivery, not on today: a source once silent stays so until it
    delivers again. `delivered` is ascending and distinct.
    """
    if not delivered:
        return 1
    recent = [day for day in delivered if day > delivered[-1] - timedelta(days=GAP_DAYS)]
    gaps = sorted((after - before).days for before, after in pairwise(recent))
    usual = gaps[math.ceil(SHARE * len(gaps)) - 1] if gaps else 0
    return max(TIMES * usual, 1)


def silent_since(delivered: Sequence[date], day: date) -> date | None:
    """The last day on which a source spoke, when it is silent on `day`; None while it speaks.

    `delivered` are the days on which it delivered anything up to `day`, ascending and distinct. It is silent when the
    days since its last delivery are more than its `patience`.
    """
    if not delivered:
        return None
    last = delivered[-1]
    return last if (day - last).days > patience(delivered) else None
