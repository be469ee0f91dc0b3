"""What happens between staff and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class TouchpointLogged(DomainEvent):
    """Staff noted a contact with an account."""

    touchpoint_id: UUID
    kind: str
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class NoteWritten(DomainEvent):
    """Staff wrote a note about an account."""

    note_id: UUID


@dataclass(frozen=True, kw_only=True)
class PulseRecorded(DomainEvent):
    """Staff said how they feel about an account."""

    pulse_id: UUID
    mood: str
    expires_on: date


@dataclass(frozen=True, kw_only=True)
class PulseWithdrawn(DomainEvent):
    """Staff took back what they said about an account."""

    pulse_id: UUID
    mood: str
