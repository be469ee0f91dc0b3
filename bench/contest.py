"""Servers that answer the same question, loaded in turns."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import Any

from bench.harness import Result
from bench.serving import Load, Server

ROUNDS = 15
"""Many and short: what else the machine does falls on all contestants alike."""


@dataclass(frozen=True)
class Contest:
    """One question, and the servers that answer it."""

    document: str
    variables: dict[str, Any]
    key: str
    contestants: dict[str, Server]
    requests: dict[str, int]
    """How many requests each contestant gets in a round."""

    def same_answer(self) -> Any:
        """The data that all of them give. Raises AssertionError where they differ."""
        asked = {name: server.ask(self.document, self.key, self.variables) for name, server in self.contestants.items()}
        first, *others = asked.values()
        assert "data" in first, first
        assert all(answer == first for answer in others), {name: json.dumps(made)[:400] for name, made in asked.items()}
        return first["data"]

    async def run(self) -> Standing:
        """Load all of them in turns, so that a noisy minute falls on all."""
        requests = [(self.key, json.dumps({"query": self.document, "variables": self.variables}))]
        names = list(self.contestants)
        for name in names:  # prepared statements, caches, memory
            await self.contestants[name].load(requests, self.requests[name])
        seen: dict[str, list[Load]] = {name: [] for name in names}
        for number in range(ROUNDS):
            for name in names if number % 2 == 0 else reversed(names):
                load = await self.contestants[name].load(requests, self.requests[name])
                assert load.statuses == {"200": self.requests[name]}, load
                seen[name].append(load)
        return Standing(
            {name: statistics.median(load.per_second for load in loads) for name, loads in seen.items()},
            {name: statistics.median(load.median_ms for load in loads) for name, loads in seen.items()},
        )


@dataclass(frozen=True)
class Standing:
    """Median requests a second, and median milliseconds a request, of each contestant."""

    speed: dict[str, float]
    wait: dict[str, float]

    def result(self, what: str, rival: str, bar: float) -> Result:
        """The planner's speed against a rival's."""
        detail = ", ".join(
            f"{name} {self.speed[name]:.0f}/s (median {self.wait[name]:.1f} ms)" for name in ("planner", rival)
        )
        return Result(what, self.speed["planner"] / self.speed[rival], "×", bar, "higher", detail)
