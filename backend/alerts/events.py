"""What alerts tell the rest of Waymark."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class AlertOpened(DomainEvent):
    """There is a new reason to look at an account."""

    alert_id: UUID
    rule_key: str
    severity: str


@dataclass(frozen=True, kw_only=True)
class AlertChanged(DomainEvent):
    """An alert was acknowledged, snoozed, resolved, or woke up."""

    alert_id: UUID
    rule_key: str
    before: str
    after: str
