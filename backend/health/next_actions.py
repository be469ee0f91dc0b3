"""The next actions of `health.yaml`: what somebody of an account can do for a leaf, and the step that it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import delete, insert

from backend.accounts.program import Tiers
from backend.db.engine import WriteSession
from backend.health.measures import SHARES, MeanSentiment, Measure
from backend.health.models import HealthAction
from backend.program.section import Key, Problem, Section, Words, nearest

Amount = Annotated[float, Field(ge=-1e12, le=1e12)]


class Action(Section):
    """Something that can be done for a leaf. One of `by`, `by_percent` and `to` says the step in its numerator."""

    title: Annotated[Words, StringConstraints(max_length=120)]
    """What to do, in a few words; {step} is the step."""
    body: Words
    """How, and what comes of it."""
    who: Annotated[Words, StringConstraints(max_length=120)]
    """Who can do it."""
    link: Annotated[str, StringConstraints(pattern=r"^(/|https://)[!-~]*$", max_length=500)] | None = None
    """Where: a page of the portal, or an https address."""
    from_tier: Key | None = None
    """It is for this tier and those of a higher rank; left out: for all."""
    by: Amount | None = None
    by_percent: Annotated[float, Field(ge=-100, le=1000)] | None = None
    to: Annotated[float, Field(ge=0, le=1e12)] | None = None

    @model_validator(mode="after")
    def _one_step(self) -> Action:
        if sum(step is not None for step in (self.by, self.by_percent, self.to)) != 1:
            raise ValueError("should have one of by, by_percent and to")
        return self


def check(leaf: str, measure: Measure, actions: Mapping[str, Action], tiers: Tiers) -> Iterator[Problem]:
    """Actions of one leaf: tiers that there are, and steps that can be taken in what the leaf measures."""
    for key, action in actions.items():
        path = ("leaves", leaf, "actions", key)
        if action.from_tier is not None and action.from_tier not in tiers.tiers:
            said = f"{action.from_tier} is no tier. {nearest(action.from_tier, tiers.tiers)}"
            yield Problem((*path, "from_tier"), said)
        if isinstance(measure, MeanSentiment):
            yield Problem(path, "nobody sets out to change a mean_sentiment by a step. Remove it.")
        if action.to is not None and measure.kind in SHARES:
            yield Problem((*path, "to"), f"means another share for each account in {measure.kind}. Write `by`.")


async def apply(session: WriteSession, leaves: Iterable[tuple[str, Mapping[str, Action]]]) -> None:
    """Make `health_actions` equal to the file. No row of another table names one, so that those gone are deleted."""
    await session.execute(delete(HealthAction))
    rows = [
        {
            "key": key,
            "position": position,
            "leaf_key": leaf,
            "title": action.title,
            "body": action.body,
            "who": action.who,
            "link": action.link,
            "from_tier": action.from_tier,
            "by_amount": action.by,
            "by_percent": action.by_percent,
            "to_amount": action.to,
        }
        for position, (leaf, key, action) in enumerate((leaf, k, a) for leaf, some in leaves for k, a in some.items())
    ]
    if rows:
        await session.execute(insert(HealthAction), rows)
