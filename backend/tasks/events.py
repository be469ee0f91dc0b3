"""What happens to tasks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class TaskCreated(DomainEvent):
    """There is something to do."""

    task_id: UUID
    assignee_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class TaskAssigned(DomainEvent):
    """A task passed to somebody else, or to nobody."""

    task_id: UUID
    before: UUID | None
    after: UUID | None
    by: UUID | None
    """Who of the staff passed it on; empty for an API key."""


@dataclass(frozen=True, kw_only=True)
class TaskClosed(DomainEvent):
    """A task was done or cancelled."""

    task_id: UUID
    state: str


@dataclass(frozen=True, kw_only=True)
class TaskReopened(DomainEvent):
    """A task that was closed is open again."""

    task_id: UUID
