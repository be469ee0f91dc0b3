"""How much of the health model the organization's sources can feed, and what to connect for the rest."""

from __future__ import annotations

from dataclasses import dataclass

from backend.db import clock
from backend.db.engine import WriteSession
from backend.health import conditions
from backend.health.definition import WHOLE, Leaf
from backend.health.measures import ActiveShare, MeanSentiment, MilestonesOnTime, OverdueDays, metrics_of
from backend.health.scoring import in_force, versions


@dataclass(frozen=True)
class LeafCoverage:
    """One leaf that weighs, and whether any source has ever fed it."""

    name: str
    weight: int
    """Parts per million of the whole."""
    is_fed: bool
    connect: str
    """What would feed it, as it stands in a sentence after "connect"."""


@dataclass(frozen=True)
class Coverage:
    """The leaves of the model in force today that have a weight."""

    leaves: tuple[LeafCoverage, ...]

    @property
    def share(self) -> int:
        """Weight that is fed, parts per million."""
        return sum(leaf.weight for leaf in self.leaves if leaf.is_fed)

    def sentence(self) -> str:
        """For example: "8 of 9 leaves, 85 % of the weight; connect a helpdesk for 15 %."."""
        fed = sum(leaf.is_fed for leaf in self.leaves)
        said = f"{fed} of {len(self.leaves)} leaves, {_percent(self.share)} of the weight"
        wanted: dict[str, int] = {}
        for leaf in self.leaves:
            if not leaf.is_fed:
                wanted[leaf.connect] = wanted.get(leaf.connect, 0) + leaf.weight
        if not wanted:
            return f"{said}."
        ranked = sorted(wanted.items(), key=lambda item: -item[1])
        return f"{said}; connect {', '.join(f'{what} for {_percent(weight)}' for what, weight in ranked)}."


async def coverage(session: WriteSession) -> Coverage:
    """What today's model is fed by everything delivered so far. Raises Conflict when there is no model."""
    today = await clock.today(session)
    model = in_force(await versions(session), today).model
    connected = conditions.on(model, await conditions.deliveries(session, today), today, today).connected
    return Coverage(
        tuple(
            LeafCoverage(leaf.name, leaf.weight, is_fed, _connect(leaf))
            for leaf, is_fed in zip(model.leaves, connected, strict=True)
            if leaf.weight
        )
    )


def _connect(leaf: Leaf) -> str:
    match leaf.measure:
        case ActiveShare():
            return "usage by person and subscriptions with seats"
        case MeanSentiment():
            return "a helpdesk"
        case OverdueDays():
            return "invoices"
        case MilestonesOnTime():
            return "journeys"
        case measure:
            return " or ".join(metrics_of(measure)) or "usage"


def _percent(weight: int) -> str:
    return f"{weight * 100 / WHOLE:g} %"
