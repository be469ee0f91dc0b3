"""What staff change of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class AccountReassigned(DomainEvent):
    """An account passed to another success manager, or to none."""

    before: UUID | None
    after: UUID | None


@dataclass(frozen=True, kw_only=True)
class AccountOwnerChanged(DomainEvent):
    """Somebody else of the staff, or nobody, has a role for an account."""

    role: str
    before: UUID | None
    after: UUID | None


@dataclass(frozen=True, kw_only=True)
class AccountTagged(DomainEvent):
    """Staff put tags on an account or took some away."""

    added: int
    removed: int


@dataclass(frozen=True, kw_only=True)
class AccountTraitsChanged(DomainEvent):
    """Staff changed what is known of an account."""

    keys: str
    """The traits' keys, with commas between."""
