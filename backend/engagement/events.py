"""What happens between staff and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class TouchpointLogged(DomainEvent):
    """Staff noted a contact with an account."""

    touchpoint_id: UUID
    kind: str
    occurred_at: datetime
