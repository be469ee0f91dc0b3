from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.billing import events as billing_events
from backend.db.engine import WriteSession
from backend.events import DomainEvent, DomainEventRow, emit
from backend.program import service as program_service
from backend.reactions import REACTIONS, Reaction
from backend.work import KINDS, WorkItem
from jobs.actors import ACTORS
from tests.jobs import probe

assert probe.queue
DECLARED = (billing_events.PaymentFailed, program_service.ProgramApplied)  # imported, so that their reactions are known
SOMEBODY = UUID("019b0000-0000-7000-8000-000000000001")


@dataclass(frozen=True, kw_only=True)
class SeatsBought(DomainEvent):
    """Made up for these tests."""

    version = 2
    seats: int
    first_day: date
    note: Any = None


async def test_an_event_is_a_typed_row(session: WriteSession) -> None:
    made = await emit(session, SeatsBought(account_id=SOMEBODY, seats=5, first_day=date(2026, 11, 1)))

    row = (await session.execute(select(DomainEventRow).where(DomainEventRow.id == made))).scalar_one()
    assert (row.type, row.version, row.account_id, row.person_id) == ("SeatsBought", 2, SOMEBODY, None)
    assert row.body == {"seats": 5, "first_day": "2026-11-01", "note": None}


async def test_an_event_causes_the_work_of_its_reactions(
    session: WriteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    reactions = (
        Reaction("probe.count_critical", args=("seats",)),
        Reaction("probe.count_bulk", args=("account_id",), key="account_id"),
    )
    monkeypatch.setitem(cast(dict[str, Any], REACTIONS), "SeatsBought", reactions)

    made = await emit(session, SeatsBought(account_id=SOMEBODY, seats=5, first_day=date(2026, 11, 1)))

    rows = (await session.scalars(select(WorkItem).where(WorkItem.fair_key == str(SOMEBODY)).order_by("kind"))).all()
    assert [(row.kind, row.dedupe_key, row.args) for row in rows] == [
        ("probe.count_bulk", str(SOMEBODY), {"account_id": str(SOMEBODY)}),
        ("probe.count_critical", None, {"event_id": str(made), "seats": 5}),
    ]


async def test_an_event_refuses_values_that_it_must_not_hold(session: WriteSession) -> None:
    with pytest.raises(TypeError, match=r"SeatsBought\.note is a dict; events hold ids, amounts, states and times"):
        await emit(session, SeatsBought(seats=5, first_day=date(2026, 11, 1), note={"name": "Ada"}))


@pytest.mark.unit
def test_every_reaction_is_to_a_known_event_and_asks_for_work_that_takes_its_arguments() -> None:
    events = {event.__name__: event for event in DomainEvent.__subclasses__()}
    for name, reactions in REACTIONS.items():
        for reaction in reactions:
            given = {*reaction.args, *(() if reaction.key else ("event_id",))}
            assert reaction.kind in KINDS
            assert set(reaction.args) <= set(events[name].__dataclass_fields__)
            assert given == ACTORS[reaction.kind].readers.keys()
