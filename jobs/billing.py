"""What changes for accounts because a day has passed, and the facts that follow from events of Stripe."""

from __future__ import annotations

from uuid import UUID

from backend.billing import facts, limits, service
from backend.billing.stripe import customers, derive, inbox
from backend.db.engine import WriteSession
from jobs.actor import actor


@actor("billing.derive_accounts")
async def derive_accounts(session: WriteSession) -> None:
    """Bring what follows from terms to today, for every account, since they begin and end; note what fell due."""
    await service.derive_all(session)
    await facts.note_overdue(session)


@actor("billing.note_limits")
async def note_limits(session: WriteSession) -> None:
    """Note which limits of this month are used up, or will be soon."""
    await limits.note(session)


@actor("billing.take_stripe_object")
async def take_stripe_object(session: WriteSession, source_id: UUID, object_id: str) -> None:
    """Bring the facts of one object of Stripe up to its events."""
    await derive.take(session, source_id, object_id)


@actor("billing.resolve_customers")
async def resolve_customers(session: WriteSession) -> None:
    """Ask for the facts of customers whose account has become known."""
    await customers.resolve(session)


@actor("billing.prune_stripe_events")
async def prune_stripe_events(session: WriteSession) -> None:
    """Forget events of Stripe that were ignored 60 days ago."""
    await inbox.prune(session)
