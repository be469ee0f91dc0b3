"""Leaky buckets of points: how much a credential, and the application that it comes through, may ask for.

A bucket holds some seconds' worth of points and fills at a steady rate. Buckets are kept in Valkey, where one script
takes from all of them or from none. While Valkey is away each process counts by itself, so that an outage neither
stops requests nor lets them all through.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from backend.settings import Settings
from backend.valkey_line import Away, Line
from backend.viewer import Viewer

SECONDS_WORTH = 20
"""How many seconds' worth of points a bucket holds."""
READING, CHARACTERS_A_POINT = 10, 50
"""Points for a document that the process has not met before, whatever comes of it: a price for reading any, and one for
so many characters of it. To read and plan a document takes about a millisecond for 50 characters."""
KNOWN = 10_000
"""Buckets whose last known state a process remembers."""

TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local points, wait, left = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
  local most, rate = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local level, at = string.match(redis.call('GET', key) or '', '^(%S+) (%S+)$')
  left[i] = level and math.min(most, level + math.max(0, now - at) * rate / 1000) or most
  if left[i] < points then wait = math.max(wait, math.ceil((points - left[i]) / rate * 1000)) end
end
local answer = {tostring(wait)}
for i, key in ipairs(KEYS) do
  if wait == 0 then
    local most, rate = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
    left[i] = left[i] - points
    local full_in = math.ceil((most - left[i]) / rate * 1000)
    redis.call('SET', key, string.format('%.3f %d', left[i], now), 'PX', full_in + 1000)
  end
  answer[i + 1] = string.format('%d', math.floor(left[i]))
end
return table.concat(answer, ' ')
"""
"""Takes ARGV[1] points of every bucket, or of none. Answers with the milliseconds to wait and what each holds then."""


@dataclass(slots=True)
class Bucket:
    """One bucket. A key that is not in Valkey is a full bucket."""

    key: str
    maximum: int
    rate: int
    """Points a second."""


@dataclass(slots=True)
class Taken:
    """What came of taking points."""

    wait_seconds: float
    """0 where there was room; else when there will be."""
    bucket: Bucket
    """Of several, the one with the least room."""
    available: int

    @property
    def fits(self) -> bool:
        """Whether the points were taken."""
        return self.wait_seconds == 0


def bucket_of(viewer: Viewer | None, network_address: str, settings: Settings) -> Bucket:
    """The bucket of a credential. New tokens of the same person do not bring new points."""
    rate = settings.member_points_per_second
    if viewer is None:
        name = f"address:{network_address}"
    elif viewer.key_id is not None:
        name = f"key:{viewer.key_id.hex}"
    else:
        account = viewer.account_id.hex if viewer.account_id else "staff"
        name = f"person:{viewer.person_id.hex if viewer.person_id else ''}:{account}"
    if viewer is not None and viewer.kind == "staff":
        rate = settings.staff_points_per_second
    return Bucket(f"waymark:cost:{name}", rate * SECONDS_WORTH, rate)


class Buckets:
    """Takes points from buckets in Valkey, and from this process's own while Valkey is away."""

    def __init__(self, url: str) -> None:
        self._line = Line(url, TAKE)
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """What a bucket held, and when, by the process's monotonic clock."""

    async def open(self) -> None:
        """Connect."""
        await self._line.open()

    async def close(self) -> None:
        """Disconnect."""
        await self._line.close()

    def seem(self, buckets: Sequence[Bucket], points: int) -> Taken:
        """What would come of taking points, as far as this process knows. Takes nothing and asks nobody."""
        wait, least, held = 0.0, buckets[0], math.inf
        now = time.monotonic()
        for bucket in buckets:
            level = self._level(bucket, now)
            if level < held:
                least, held = bucket, level
            if level < points:
                wait = max(wait, (points - level) / bucket.rate)
        return Taken(wait, least, int(held))

    def plenty(self, buckets: Sequence[Bucket]) -> bool:
        """Whether every bucket is at least half full, as far as this process knows."""
        now = time.monotonic()
        return min([self._level(bucket, now) / bucket.maximum for bucket in buckets]) >= 0.5

    def ask(self, buckets: Sequence[Bucket], points: int) -> asyncio.Future[bytes] | None:
        """Ask Valkey at once for points; hand what this gives to `answer`."""
        numbers = [points]
        for bucket in buckets:
            numbers += (bucket.maximum, bucket.rate)
        return self._line.run([bucket.key for bucket in buckets], numbers)

    async def answer(self, asked: asyncio.Future[bytes] | None, buckets: Sequence[Bucket], points: int) -> Taken:
        """What came of `ask`."""
        if asked is not None:
            try:
                return self._read(await asked, buckets)
            except Away:
                pass
        found = self.seem(buckets, points)
        if not found.fits:
            return found
        now = time.monotonic()
        for bucket in buckets:
            self._keep(bucket, self._level(bucket, now) - points, now)
        return Taken(0.0, found.bucket, found.available - points)

    async def take(self, buckets: Sequence[Bucket], points: int) -> Taken:
        """Take points of every bucket, or of none."""
        return await self.answer(self.ask(buckets, points), buckets, points)

    def _level(self, bucket: Bucket, now: float) -> float:
        known = self._known.get(bucket.key)
        return min(bucket.maximum, known[0] + (now - known[1]) * bucket.rate) if known else bucket.maximum

    def _keep(self, bucket: Bucket, level: float, now: float) -> None:
        self._known[bucket.key] = level, now
        self._known.move_to_end(bucket.key)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def _read(self, answer: bytes, buckets: Sequence[Bucket]) -> Taken:
        wait, *levels = map(int, answer.split())
        now = time.monotonic()
        for bucket, level in zip(buckets, levels, strict=True):
            self._keep(bucket, level, now)
        least = min(range(len(levels)), key=levels.__getitem__)
        return Taken(wait / 1000, buckets[least], levels[least])
