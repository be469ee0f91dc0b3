"""What changed, told to every API process once it is committed, so that subscriptions follow it live.

An announcement names a topic, an account and a row, never content: whoever is told reads the row as a viewer of their
own. It goes through Valkey's pub/sub and may be lost; then `RESYNC` says that something was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import ANNOUNCED

if TYPE_CHECKING:
    from backend.events import DomainEvent

CHANNEL = "waymark:announcements"


class Topic(StrEnum):
    """What subscriptions follow."""

    HEALTH = "health"
    """The live health of an account."""
    ALERT = "alert"
    TASK = "task"
    WORK = "work"
    """Work that was parked."""
    NOTIFICATION = "notification"
    """What somebody was told, or has read."""
    RESYNC = "resync"
    """Announcements were lost."""


OF_PERSONS = frozenset({Topic.NOTIFICATION})
"""Topics whose rows concern one person: where others name an account, their announcements name whom."""


EVENTS: Mapping[str, tuple[Topic, str]] = {
    "AlertOpened": (Topic.ALERT, "alert_id"),
    "AlertChanged": (Topic.ALERT, "alert_id"),
    "TaskCreated": (Topic.TASK, "task_id"),
    "TaskAssigned": (Topic.TASK, "task_id"),
    "TaskClosed": (Topic.TASK, "task_id"),
    "TaskReopened": (Topic.TASK, "task_id"),
}
"""Topic of a type of domain event, and the event's field that names the row."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One row that changed."""

    topic: Topic
    account_id: UUID | None = None
    """The account that it is of; the person for a topic of persons; empty where it is of none."""
    key: UUID | None = None
    """Primary key of the row; None where nothing is to be read."""

    def __str__(self) -> str:
        return f"{self.topic} {self.account_id or '-'} {self.key or '-'}"


def read(line: str) -> Announcement:
    """The announcement that a line of text is. Raises ValueError for anything else."""
    topic, account, key = line.split(" ")
    return Announcement(Topic(topic), None if account == "-" else UUID(account), None if key == "-" else UUID(key))


def announce(session: AsyncSession, announcement: Announcement) -> None:
    """Have a change announced when the transaction commits; the same one once."""
    session.info.setdefault(ANNOUNCED, {})[str(announcement)] = None


def announce_event(session: AsyncSession, event: DomainEvent) -> None:
    """Have a domain event announced, where subscriptions follow its type."""
    found = EVENTS.get(type(event).__name__)
    if found is not None:
        topic, field = found
        announce(session, Announcement(topic, event.account_id, getattr(event, field)))
