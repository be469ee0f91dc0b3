"""What every benchmark shares: a server of its own, fresh databases, timing, and how a result is stated.

A benchmark is a module with `async def measure(servers: Servers) -> list[Result]`. Times of one machine say little and
move from run to run; a ratio of two things done in turn, in the same minutes, on the same server, says more. So every
bar is a ratio, or a bound so wide that noise does not decide it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import asyncpg

from backend.db.access import LOGINS
from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.db.migrate import migrate
from backend.settings import MOST_POINTS, Settings


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    name: str
    value: float
    unit: str
    bar: float
    better: Literal["lower", "higher"]
    detail: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the bar is reached."""
        return self.value <= self.bar if self.better == "lower" else self.value >= self.bar

    def as_json(self) -> dict[str, object]:
        """The line for the JSON file."""
        return asdict(self) | {"is_met": self.is_met}


@dataclass(frozen=True)
class Servers:
    """The PostgreSQL and Valkey of a run."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    async def settings(self, name: str) -> Settings:
        """Settings of a freshly migrated database."""
        made = await self._database(name, "")
        await migrate(made)
        return made

    async def movable(self, name: str) -> Settings:
        """Settings of a freshly migrated database whose clock can be moved."""
        made = replace(await self._database(name, ""), allow_clock=True)
        await migrate(made)
        return made

    async def copy(self, name: str, original: str) -> Settings:
        """Settings of a copy of a database that nobody is connected to."""
        return await self._database(name, f"template {original} strategy file_copy")

    async def _database(self, name: str, options: str) -> Settings:
        connection = await asyncpg.connect(self.postgres.url())
        await connection.execute(f"drop database if exists {name} with (force)")
        await connection.execute(f"create database {name} {options}")
        await connection.close()
        return Settings(
            secret="only-a-benchmark-knows-this-secret-0123",  # noqa: S106 - of a server that ends with the run
            migrate_url=self.postgres.url(database=name),
            system_url=self.postgres.url(LOGINS["system"], name),
            staff_url=self.postgres.url(LOGINS["staff"], name),
            member_url=self.postgres.url(LOGINS["member"], name),
            redis_url=self.valkey.url(),
            member_points_per_second=MOST_POINTS,
            staff_points_per_second=MOST_POINTS,
        )


def p95(times: Sequence[float]) -> float:
    """The 95th percentile; what never came counts as infinite."""
    return sorted(times)[round(len(times) * 0.95) - 1]


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    """How long one run of `work` takes."""
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start


async def in_turns(
    rounds: int, ours: Callable[[], Awaitable[object]], theirs: Callable[[], Awaitable[object]]
) -> tuple[float, float]:
    """Median seconds of both, run in turns so that a noisy minute falls on both."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            times[side].append(await seconds((ours, theirs)[side]))
    return statistics.median(times[0]), statistics.median(times[1])
