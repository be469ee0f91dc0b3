"""What Waymark itself is doing: the work list."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import strawberry
from sqlalchemy import Select, Text, and_, case, func, literal_column, select
from strawberry import UNSET

from backend.graphql.enums import describe
from backend.graphql.planner import Connection, Node, given, newest_first, node, one, row, sql, to_many
from backend.identity.models import Organization
from backend.permissions import Permission
from backend.work import Queue, WorkItem


class WorkState(StrEnum):
    """Where an item of work stands."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    PARKED = "PARKED"


describe(
    WorkState,
    "Where an item of work stands.",
    WAITING="Due, or due later.",
    RUNNING="A worker holds it.",
    FINISHED="Done.",
    PARKED="Given up after its retries; `waymark work` runs it again.",
)
describe(
    Queue,
    "Which worker processes do a kind of work.",
    CRITICAL="What people wait for.",
    DEFAULT="Everything else.",
    BULK="Imports, scoring of many days, training.",
)


def _state(item: Any) -> Any:
    def word(state: WorkState) -> Any:
        return literal_column(f"'{state.value}'", Text())

    return case(
        (item.finished_at.is_not(None), word(WorkState.FINISHED)),
        (item.parked_at.is_not(None), word(WorkState.PARKED)),
        (item.lease_until.is_not(None), word(WorkState.RUNNING)),
        else_=word(WorkState.WAITING),
    )


def _queue(item: Any) -> Any:
    return func.upper(item.queue, type_=Text())


@node(WorkItem, prefix="work", permission=Permission.SYSTEM_READ)
class WorkItemType(Node):
    """One thing to do, written in the transaction that asked for it."""

    kind: str
    """What is to be done, such as health.score."""
    state: WorkState = sql(WorkItem, _state)
    """Where it stands."""
    queue: Queue = sql(WorkItem, _queue)
    """Which worker processes do it."""
    attempts: int
    """How often it was begun."""
    run_at: datetime
    """When it is or was due."""
    last_error: str | None
    """Why the last attempt failed."""
    created_at: datetime
    """When it was asked for."""
    finished_at: datetime | None
    """When it was done."""
    parked_at: datetime | None
    """When it was given up."""


def _work(
    _system: Any,
    state: Annotated[WorkState | None, strawberry.argument(description="Only items in this state.")] = UNSET,
    kind: Annotated[str | None, strawberry.argument(description="Only items of this kind.")] = UNSET,
) -> Select[WorkItem]:
    chosen = select(WorkItem)
    if given(kind):
        chosen = chosen.where(WorkItem.kind == kind)
    if given(state):
        is_open = and_(WorkItem.finished_at.is_(None), WorkItem.parked_at.is_(None))
        chosen = chosen.where(
            {
                WorkState.FINISHED: WorkItem.finished_at.is_not(None),
                WorkState.PARKED: and_(WorkItem.finished_at.is_(None), WorkItem.parked_at.is_not(None)),
                WorkState.RUNNING: and_(is_open, WorkItem.lease_until.is_not(None)),
                WorkState.WAITING: and_(is_open, WorkItem.lease_until.is_(None)),
            }[state]
        )
    return chosen


@row(Organization)
class SystemType:
    """What Waymark itself is doing."""

    work: Connection[WorkItemType] = to_many(_work, order_by=newest_first(WorkItem.id))
    """The work list, newest first."""


@one(SystemType, permission=Permission.SYSTEM_READ)
def system() -> Select[Organization]:
    """[staff] What Waymark itself is doing. Needs system:read."""
    return select(Organization)
