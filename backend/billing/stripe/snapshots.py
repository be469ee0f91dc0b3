"""States of an object in the order in which Stripe made them, whatever order they arrived in. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from backend.billing.stripe.events import moment

RANKS = {"created": 0, "deleted": 2}
"""Of events within one second: an object is created first and deleted last."""


@dataclass(frozen=True)
class Snapshot:
    """An object as it was after an event."""

    event_id: str
    type: str
    at: datetime
    received_at: datetime
    object: Mapping[str, Any]
    previous: Mapping[str, Any]
    """Values before the event of what it changed."""

    @property
    def verb(self) -> str:
        """The last word of the event's type."""
        return self.type.rpartition(".")[2]


def in_order(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Oldest first. Stripe's clock has whole seconds; within one, an event follows what its previous values name."""
    ordered = sorted(snapshots, key=lambda one: (one.at, RANKS.get(one.verb, 1), one.event_id))
    result: list[Snapshot] = []
    for _, group in groupby(ordered, key=lambda one: (one.at, RANKS.get(one.verb, 1))):
        left = list(group)
        while left:
            first = next((one for one in left if not any(_precedes(other, one) for other in left)), left[0])
            left.remove(first)
            result.append(first)
    return result


def _precedes(first: Snapshot, second: Snapshot) -> bool:
    """Whether the second's previous values are the first's, and not the other way round as well."""
    return first is not second and _leads_to(first, second) and not _leads_to(second, first)


def _leads_to(first: Snapshot, second: Snapshot) -> bool:
    return bool(second.previous) and all(first.object.get(name) == value for name, value in second.previous.items())


def time_of(thing: Mapping[str, Any], *names: str) -> datetime | None:
    """The first of some times that an object has."""
    return next((at for name in names if (at := moment(thing.get(name))) is not None), None)
