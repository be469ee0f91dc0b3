"""Telling whoever a task was given to."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from backend.db.engine import WriteSession
from backend.events import DomainEventRow
from backend.identity.models import Person, Staff
from backend.notifications import service
from backend.notifications.models import Matter
from backend.tasks.models import Task

GIVEN = {"TaskCreated": ("assignee_id", None), "TaskAssigned": ("after", "by")}
"""Type of event → its fields with the staff role that a task was given to, and with that of whoever gave it."""


async def tell(session: WriteSession, event_id: UUID) -> None:
    """Tell somebody of the staff that a task is theirs, unless they took it themselves or have it no more."""
    event = await session.get_one(DomainEventRow, event_id)
    to, by = GIVEN[event.type]
    task = await session.get(Task, UUID(event.body["task_id"]))
    if task is None or task.assignee_id is None or str(task.assignee_id) != event.body[to]:
        return
    giver = event.body[by] if by else task.created_by and str(task.created_by)
    if giver == event.body[to]:
        return
    person = await session.scalar(
        select(Staff.person_id)
        .join(Person, Person.id == Staff.person_id)
        .where(Staff.id == task.assignee_id, Staff.is_active, Person.erased_at.is_(None))
    )
    if person is not None:
        await service.tell(session, [person], Matter.TASK_ASSIGNED, event, task_id=task.id)
