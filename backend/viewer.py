"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from backend.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Impersonator:
    """Somebody of the staff who sees what a member sees."""

    staff_id: UUID
    name: str
    session_id: UUID
    """Their session, with which the view ends."""
    until: datetime
    """When the view ends by itself."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person or key behind a request. Its kind chooses the database login, its ids what a member's rows are."""

    kind: Literal["member", "staff"]
    account_id: UUID | None = None
    """The account that a member acts for; None for staff."""
    person_id: UUID | None = None
    """None for an API key."""
    key_id: UUID | None = None
    """The API key; None for a person."""
    session_id: UUID | None = None
    """The session of a person; None for an API key."""
    application_id: UUID | None = None
    """The application that the credential belongs to, where it belongs to one."""
    permissions: frozenset[str] = field(default_factory=frozenset)
    impersonator: Impersonator | None = None
    """Set while staff view as this customer: then nothing may be changed."""

    def allows(self, permission: str) -> bool:
        """Whether the viewer has a permission such as `accounts:read`."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise Forbidden unless the viewer has the permission."""
        if permission not in self.permissions:
            raise Forbidden(f"This needs the permission {permission}.", params={"permission": permission})
