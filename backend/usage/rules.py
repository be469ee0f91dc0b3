"""Pure rules of usage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

GAP_DAYS = 90
TIMES = 3


def silent_since(delivered: Sequence[date], day: date) -> date | None:
    """The last day on which a source spoke, when it is silent on `day`; None while it speaks.

    `delivered` are the days on which it delivered anything up to `day`, ascending and distinct. It is silent when the
    days since its last delivery are more than three times the 95th percentile (nearest rank) of the gaps between its
    deliveries in the 90 days up to the last, one day at least.
    """
    if not delivered:
        return None
    last = delivered[-1]
    recent = [spoken for spoken in delivered if spoken > last - timedelta(days=GAP_DAYS)]
    gaps = sorted((after - before).days for before, after in pairwise(recent))
    usual = gaps[math.ceil(0.95 * len(gaps)) - 1] if gaps else 0
    return last if (day - last).days > max(TIMES * usual, 1) else None
