"""Scores that move as facts come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from backend.announcing import Announcement, Topic, announce
from backend.db.engine import WriteSession
from backend.events import DomainEvent, emit_all
from backend.health import scoring
from backend.health.models import CurrentHealth, HealthBand, HealthModel
from backend.health.scoring import Accounts


@dataclass(frozen=True, kw_only=True)
class HealthBandChanged(DomainEvent):
    """The live health of an account moved to another band."""

    before: str
    after: str
    score: int | None
    """Micro-points; empty where there is not enough data any more."""


@dataclass(frozen=True)
class Health:
    """The live health of an account."""

    score: int | None
    band: HealthBand


@dataclass(frozen=True)
class HealthChange:
    """A score or band that is another than before: what subscriptions tell and alerts look at."""

    account_id: UUID
    before: Health | None
    """Empty: it had none."""
    after: Health | None
    """Empty: it is no customer any more."""

    @property
    def is_of_band(self) -> bool:
        """Whether the band is another one, so that the account's timeline has it."""
        return self.before is not None and self.after is not None and self.before.band != self.after.band


async def rescore(session: WriteSession, accounts: Sequence[UUID]) -> list[HealthChange]:
    """Score accounts live and tell which changed, by id. Nothing happens while there is no model.

    A change of band is a domain event; scores move too often for the timeline, which is kept for ever.
    """
    if not accounts or await session.scalar(select(HealthModel.version).limit(1)) is None:
        return []
    before = await _health(session, accounts)
    await scoring.score_now(session, Accounts(tuple(accounts)))
    after = await _health(session, accounts)
    changes = [
        HealthChange(account, before.get(account), after.get(account))
        for account in sorted(accounts)
        if before.get(account) != after.get(account)
    ]
    for change in changes:
        announce(session, Announcement(Topic.HEALTH, change.account_id, change.account_id))
    moved = [
        HealthBandChanged(
            account_id=change.account_id,
            before=change.before.band.value,
            after=change.after.band.value,
            score=change.after.score,
        )
        for change in changes
        if change.is_of_band and change.before and change.after
    ]
    await emit_all(session, moved)
    return changes


async def _health(session: WriteSession, accounts: Sequence[UUID]) -> Mapping[UUID, Health]:
    rows = await session.execute(
        select(CurrentHealth.account_id, CurrentHealth.score, CurrentHealth.band).where(
            CurrentHealth.account_id.in_(accounts)
        )
    )
    return {row.account_id: Health(row.score, HealthBand(row.band)) for row in rows}
