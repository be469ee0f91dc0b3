"""`accounts.yaml`: the stages of a customer's life, the traits of accounts, and the roles of the staff for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from backend.accounts import models
from backend.accounts.models import TraitKind
from backend.db.engine import WriteSession
from backend.program.section import Key, Problem, Program, Section

FILE = "accounts.yaml"

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class Trait(Section):
    """One trait."""

    name: Name
    kind: TraitKind = TraitKind.TEXT
    choices: tuple[Name, ...] = ()
    """What a CHOICE may be; for no other kind."""


class OwnerRole(Section):
    """One role."""

    name: Name


class Stage(Section):
    """One stage in the life of a customer: an account is in the first one, in this order, whose conditions hold."""

    name: Name
    description: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] = ""
    trial: bool = False
    """It is for accounts whose plan is on trial."""
    from_day: Annotated[int, Field(ge=0, le=36_500)] = 0
    """From so many days after the first day as a customer."""
    below_day: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Until before so many days after it; left out: without an end."""


class Accounts(Section):
    """The whole file."""

    stages: Annotated[dict[Key, Stage], Field(max_length=20)] = Field(default_factory=dict)

    traits: Annotated[dict[Key, Trait], Field(max_length=200)] = Field(default_factory=dict)
    owner_roles: Annotated[dict[Key, OwnerRole], Field(max_length=20)] = Field(default_factory=dict)


def check(section: Accounts, _program: Program) -> Iterator[Problem]:
    """A CHOICE has choices, each once, and nothing else has any; a stage ends after it begins, and can be reached."""
    endless = ""
    for key, stage in section.stages.items():
        if stage.below_day is not None and stage.below_day <= stage.from_day:
            yield Problem(("stages", key, "below_day"), f"must be more than from_day, which is {stage.from_day}.")
        if endless and not stage.trial:
            yield Problem(("stages", key), f"is never reached: {endless} before it has no end. Give that a below_day.")
        if not stage.trial and stage.below_day is None and stage.from_day == 0:
            endless = key
    for key, trait in section.traits.items():
        if (trait.kind is TraitKind.CHOICE) != bool(trait.choices):
            what = "needs choices. List what it may be." if trait.kind is TraitKind.CHOICE else "takes no choices."
            yield Problem(("traits", key), f"is a {trait.kind.value}, which {what}")
        for place, choice in enumerate(trait.choices):
            if choice in trait.choices[:place]:
                yield Problem(("traits", key, "choices", place), f"{choice} is listed more than once.")


async def apply(session: WriteSession, section: Accounts, _program: Program) -> None:
    """Make `stages`, `traits` and `owner_roles` equal to the file. What it does not name any more is retired."""
    traits = [
        {
            "key": key,
            "name": trait.name,
            "kind": trait.kind.value,
            "choices": list(trait.choices),
            "position": place,
            "is_retired": False,
        }
        for place, (key, trait) in enumerate(section.traits.items())
    ]
    roles = [
        {"key": key, "name": role.name, "position": place, "is_retired": False}
        for place, (key, role) in enumerate(section.owner_roles.items())
    ]
    stages = [
        {
            "key": key,
            "name": stage.name,
            "description": stage.description,
            "position": place,
            "is_trial": stage.trial,
            "from_day": stage.from_day,
            "below_day": stage.below_day,
            "is_retired": False,
        }
        for place, (key, stage) in enumerate(section.stages.items())
    ]
    await _put(session, models.Stage, stages)
    await _put(session, models.Trait, traits)
    await _put(session, models.OwnerRole, roles)


async def _put(session: WriteSession, model: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        statement = insert(model).values(list(rows))
        stated = {name: statement.excluded[name] for name in rows[0] if name != "key"}
        await session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=stated))
    await session.execute(update(model).where(model.key.not_in([row["key"] for row in rows])).values(is_retired=True))
