"""Charging an operation to its buckets, and running it if there is room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from backend.graphql.http.buckets import READING, Bucket, Buckets, Taken
from backend.graphql.http.reading import Asked, Unreadable
from backend.graphql.planner import Outcome, Planner, Prepared, Refusal, problem
from backend.viewer import Viewer

LARGEST = {"member": 1_000, "staff": 10_000}
"""The most points that one operation may cost, by kind of viewer."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Charged:
    """What came of an operation, and its charge where it got so far as to have one."""

    outcome: Outcome
    charge: Charge | None = None


async def run_charged(
    planner: Planner,
    run: Callable[[Prepared], Awaitable[Outcome]],
    buckets: Buckets,
    own: Sequence[Bucket],
    asked: Asked,
    text: str,
    viewer: Viewer,
) -> Charged:
    """Read, price and run an operation, each only if the caller's buckets have room for it.

    A query whose buckets are at least half full runs while Valkey is asked for its points; anything else waits for
    the answer. Raises Unreadable for what GET may not run.
    """
    reading = 0 if planner.documents.knows(text) else READING
    seeming = buckets.seem(own, max(reading, 1))
    if not seeming.fits:  # as far as this process knows: what finds no room costs no time either
        return Charged(_throttled(seeming))
    try:
        prepared = _prepared(planner, asked, text, viewer)
    except Refusal as refusal:
        await buckets.take(own, max(reading, 1))
        return Charged(Outcome(errors=refusal.errors))
    if error := _too_dear(prepared, own):
        return Charged(Outcome(errors=[error]), Charge(prepared.cost, False, await buckets.take(own, max(reading, 1))))
    points = min(prepared.cost + reading, *(bucket.maximum for bucket in own))
    if prepared.operation.kind == "query" and buckets.plenty(own):
        question = buckets.ask(own, points)
        outcome = await run(prepared)
        taken = await buckets.answer(question, own, points)
    else:
        taken = await buckets.take(own, points)
        if taken.fits:
            outcome = await run(prepared)
    if not taken.fits:
        return Charged(_throttled(taken), Charge(prepared.cost, False, taken))
    return Charged(outcome, Charge(prepared.cost, True, taken))


def _prepared(planner: Planner, asked: Asked, text: str, viewer: Viewer) -> Prepared:
    if asked.is_safe and (kind := planner.operation(text, asked.operation_name).kind) != "query":
        raise Unreadable(405, f"Send a {kind} with POST; GET changes nothing.")
    return planner.prepare(text, asked.operation_name, asked.variables, viewer)


def _too_dear(prepared: Prepared, own: Sequence[Bucket]) -> dict[str, Any] | None:
    most = min(LARGEST[prepared.viewer.kind], *(bucket.maximum for bucket in own))
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
