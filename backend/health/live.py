"""Scores that move as facts come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text

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


BEFORE = "health_before"
"""Temporary table: live health as it was."""


async def rescore(session: WriteSession, accounts: Sequence[UUID]) -> list[HealthChange]:
    """Score accounts live and tell which changed, by id. Nothing happens while there is no model."""
    if not accounts or await session.scalar(select(HealthModel.version).limit(1)) is None:
        return []
    # Few accounts, many times a minute: two look-ups cost less than a table to compare with.
    before = await _of(session, accounts)
    await scoring.score_now(session, Accounts(tuple(accounts)))
    after = await _of(session, accounts)
    changes = [
        HealthChange(account, before.get(account), after.get(account))
        for account in sorted(accounts)
        if before.get(account) != after.get(account)
    ]
    await _tell(session, changes)
    return changes


async def score(session: WriteSession, accounts: Accounts) -> int:
    """Score a chunk of accounts live, and tell what changed. Returns how many have a score or lack data. Raises
    Conflict where there is no model."""
    await session.execute(text(f"drop table if exists pg_temp.{BEFORE}"))
    await session.execute(
        text(
            f"create temporary table {BEFORE} on commit drop as"
            f" select account_id, score, band from current_health c where {accounts.among('c')}"
        ),
        accounts.bound,
    )
    scored = await scoring.score_now(session, accounts)
    await _tell(session, await _changes(session, accounts))
    return scored


async def _tell(session: WriteSession, changes: Sequence[HealthChange]) -> None:
    """Announce what changed. A change of band is a domain event; scores move too often for the timeline, which is kept
    for ever."""
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


async def _of(session: WriteSession, accounts: Sequence[UUID]) -> dict[UUID, Health]:
    rows = await session.execute(
        select(CurrentHealth.account_id, CurrentHealth.score, CurrentHealth.band).where(
            CurrentHealth.account_id.in_(accounts)
        )
    )
    return {row.account_id: Health(row.score, HealthBand(row.band)) for row in rows}


async def _changes(session: WriteSession, accounts: Accounts) -> list[HealthChange]:
    # Compared where the rows are, since a sweep scores every account and moves few.
    rows = await session.execute(
        text(
            f"""select account_id, b.score as score_before, b.band as band_before, n.score, n.band
            from {BEFORE} b full join (
                select account_id, score, band from current_health c where {accounts.among("c")}) n using (account_id)
            where (b.score, b.band) is distinct from (n.score, n.band) order by account_id"""
        ),
        accounts.bound,
    )
    return [
        HealthChange(row.account_id, _health(row.score_before, row.band_before), _health(row.score, row.band))
        for row in rows
    ]


def _health(score: int | None, band: str | None) -> Health | None:
    return None if band is None else Health(score, HealthBand(band))
