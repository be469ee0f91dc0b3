"""Charging an operation to its buckets, and running it if there is room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from backend.graphql.http.buckets import CHARACTERS_A_POINT, READING, Buckets, Taken
from backend.graphql.http.callers import Caller
from backend.graphql.http.reading import Asked, Unreadable
from backend.graphql.planner import Outcome, Planner, Prepared, Refusal, problem

LARGEST = {"member": 1_000, "staff": 10_000}
"""The most points that one operation may cost, by kind of viewer."""


@dataclass(slots=True)
class Charge:
    """What an operation costs and what its buckets hold after it, for `extensions.cost`."""

    requested: int
    is_run: bool
    taken: Taken

    @property
    def json(self) -> bytes:
        """`extensions.cost` in Shopify's shape."""
        bucket = self.taken.bucket
        return (
            b'{"requestedQueryCost":%d,"actualQueryCost":%b,"throttleStatus":'
            b'{"maximumAvailable":%d,"currentlyAvailable":%d,"restoreRate":%d}}'
        ) % (
            self.requested,
            b"%d" % self.requested if self.is_run else b"null",
            bucket.maximum,
            self.taken.available,
            bucket.rate,
        )


@dataclass(slots=True)
class Charged:
    """What came of an operation, and its charge where it got so far as to have one."""

    outcome: Outcome
    charge: Charge | None = None


@dataclass(slots=True)
class Call:
    """One request on its way through reading, pricing and running, each only if the caller's buckets have room."""

    planner: Planner
    execute: Callable[[Prepared], Awaitable[Outcome]]
    """Runs what was priced."""
    buckets: Buckets
    caller: Caller
    asked: Asked

    async def run(self, find_text: Callable[[], Awaitable[str]]) -> Charged:
        """Find the document and run it.

        A query whose buckets are at least half full runs while Valkey is asked for its points; anything else waits
        for the answer. Raises Unreadable for what is no request, or none for GET.
        """
        own = self.caller.buckets
        has_plenty = self.buckets.plenty(own)
        if not has_plenty and (refused := self._full(1)):
            return refused
        try:
            text = await find_text()
        except Refusal as refusal:
            await self._take(1)
            return Charged(Outcome(errors=refusal.errors))
        reading = 0
        try:
            prepared = self._known(text)
        except Refusal as refusal:
            await self._take(1)
            return Charged(Outcome(errors=refusal.errors))
        if prepared is None:
            reading = READING + len(text) // CHARACTERS_A_POINT
            if refused := self._full(reading):
                return refused
            try:
                with self.planner.turn(text):
                    paid = await self._take(reading)  # before the time is spent: many come at once
                    if not paid.fits:
                        return Charged(_throttled(paid))
                    prepared = await self._read(text)
            except Refusal as refusal:
                return Charged(Outcome(errors=refusal.errors))
            has_plenty = self.buckets.plenty(own)
        if error := self._too_dear(prepared):
            return Charged(Outcome(errors=[error]), Charge(prepared.cost, False, await self._take(0 if reading else 1)))
        points = min(prepared.cost, self.caller.capacity - reading)
        return await self._run(prepared, points, has_plenty=has_plenty)

    async def _run(self, prepared: Prepared, points: int, *, has_plenty: bool) -> Charged:
        own = self.caller.buckets
        if has_plenty and prepared.operation.kind == "query":
            question = self.buckets.ask(own, points)
            outcome = await self.execute(prepared)
            taken = await self.buckets.answer(question, own, points)
        else:
            taken = await self._take(points)
            if taken.fits:
                outcome = await self.execute(prepared)
        if not taken.fits:
            return Charged(_throttled(taken), Charge(prepared.cost, False, taken))
        return Charged(outcome, Charge(prepared.cost, True, taken))

    async def _take(self, points: int) -> Taken:
        return await self.buckets.take(self.caller.buckets, points)

    def _full(self, points: int) -> Charged | None:
        """The refusal of what finds no room as far as this process knows: it costs no time either."""
        seeming = self.buckets.seem(self.caller.buckets, points)
        return None if seeming.fits else Charged(_throttled(seeming))

    def _known(self, text: str) -> Prepared | None:
        """The operation, where it was read and planned before."""
        asked = self.asked
        prepared = self.planner.known(text, asked.operation_name, asked.variables, self.caller.viewer)
        if prepared is not None:
            self._require_safe(prepared.operation.kind)
        return prepared

    async def _read(self, text: str) -> Prepared:
        asked = self.asked
        prepared = await self.planner.prepare_aside(text, asked.operation_name, asked.variables, self.caller.viewer)
        self._require_safe(prepared.operation.kind)
        return prepared

    def _require_safe(self, kind: str) -> None:
        if self.asked.is_safe and kind != "query":
            raise Unreadable(405, f"Send a {kind} with POST; GET changes nothing.")

    def _too_dear(self, prepared: Prepared) -> dict[str, Any] | None:
        most = min(LARGEST[prepared.viewer.kind], self.caller.capacity)
        if prepared.cost <= most:
            return None
        message = (
            f"The operation costs {prepared.cost:,} points; {most:,} are allowed. Ask for smaller pages, "
            f"or for less of each row; `{prepared.plan.cost.dearest}` costs most."
        )
        return problem("COST_LIMIT_EXCEEDED", message, cost=prepared.cost, maximumCost=most)


def _throttled(taken: Taken) -> Outcome:
    seconds = ceil(taken.wait_seconds)
    message = f"Too much was asked for in a short time. Try again in {seconds} seconds, or ask for less at a time."
    return Outcome(errors=[problem("THROTTLED", message, retryAfter=seconds)])
