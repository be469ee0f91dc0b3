"""What happens to memberships, and to the ways in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class MemberInvited(DomainEvent):
    """Somebody was invited into an account, for the first time or again. Whoever sends the invitation reacts to it."""

    member_id: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class MemberJoined(DomainEvent):
    """Somebody belongs to the account from now on: they took up an invitation, or were vouched for."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberUpdated(DomainEvent):
    """What a member may do in the account was changed."""

    member_id: UUID
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class MemberRemoved(DomainEvent):
    """Somebody does not belong to the account any more."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(DomainEvent):
    """Somebody made an API key; `person_id` says who, `account_id` whose rows it sees where that is one account."""

    key_id: UUID


@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(DomainEvent):
    """Somebody ended an API key."""

    key_id: UUID


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(DomainEvent):
    """Somebody set a password of their own."""


@dataclass(frozen=True, kw_only=True)
class TwoFactorEnabled(DomainEvent):
    """Somebody's sign-ins need a code from now on."""


@dataclass(frozen=True, kw_only=True)
class TwoFactorDisabled(DomainEvent):
    """Somebody's sign-ins need no code any more: they said so, or whoever runs Waymark did for them."""


@dataclass(frozen=True, kw_only=True)
class SessionsRevoked(DomainEvent):
    """Somebody signed devices of their own out."""

    count: int
