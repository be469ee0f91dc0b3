"""How much may come in: a bucket a sender that fills at a rate, in the memory of one process."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

BURST_SECONDS = 5.0
REMEMBERED = 50_000


class Pace:
    """Buckets of `rate` items a second, each holding what five seconds fill. A request may leave a bucket in debt, so
    that a batch which is larger than a bucket passes, and is paid for by waiting."""

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._now = now
        self._full_at: OrderedDict[object, float] = OrderedDict()
        """When each sender's bucket is full again; senders whose bucket is full need no entry."""

    def wait(self, sender: object, items: int) -> int:
        """0, and the items are counted; or the whole seconds after which the sender may try again."""
        now = self._now()
        full_at = max(self._full_at.pop(sender, now), now)
        owed = full_at - now - BURST_SECONDS
        if owed < 0:
            full_at += items / self._rate
        self._full_at[sender] = full_at
        while len(self._full_at) > REMEMBERED:
            self._full_at.popitem(last=False)
        return 0 if owed < 0 else max(1, math.ceil(owed))
