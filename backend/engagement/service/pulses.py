"""How staff feel about accounts."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, update

from backend.accounts import queries as accounts
from backend.db import clock
from backend.db.engine import WriteSession
from backend.db.ids import uuid7
from backend.engagement.events import PulseRecorded, PulseWithdrawn
from backend.engagement.models import Pulse, PulseMood
from backend.errors import InvalidInput, NotFound
from backend.events import emit
from backend.identity import audit
from backend.identity import queries as identity
from backend.permissions import Permission
from backend.texts import prose
from backend.viewer import Viewer

USUAL_DAYS = 30
LONGEST_DAYS = 365


async def record_pulse(
    session: WriteSession,
    viewer: Viewer,
    *,
    account_id: UUID,
    mood: PulseMood,
    reason: str | None = None,
    expires_on: date | None = None,
) -> UUID:
    """Say how one feels about an account; returns the pulse's id. It counts until it expires or a newer one is said.

    `expires_on` is the first day on which it does not count, 30 days from today by default and 365 at most. Raises
    NotFound, InvalidInput.
    """
    viewer.require(Permission.ACCOUNTS_WRITE)
    await accounts.require(session, account_id)
    today = await clock.today(session)
    until = expires_on or today + timedelta(days=USUAL_DAYS)
    if not today < until <= today + timedelta(days=LONGEST_DAYS):
        raise InvalidInput(
            f"expiresOn lies 1 to {LONGEST_DAYS} days ahead.", field=["expiresOn"], params={"most": LONGEST_DAYS}
        )
    made = uuid7()
    await session.execute(
        insert(Pulse).values(
            id=made,
            account_id=account_id,
            mood=mood.value,
            reason=prose(reason, field="reason", most=2_000) if reason is not None else None,
            expires_on=until,
            recorded_by=await identity.staff_id(session, viewer),
        )
    )
    await emit(session, PulseRecorded(account_id=account_id, pulse_id=made, mood=mood.value, expires_on=until))
    await audit.record_of(
        session,
        viewer,
        "pulse.recorded",
        subject=f"pulse:{made}",
        account_id=account_id,
        after={"mood": mood.value, "expiresOn": str(until)},
    )
    return made


async def withdraw_pulse(session: WriteSession, viewer: Viewer, *, pulse_id: UUID) -> UUID:
    """Take back a pulse, so that the one before it counts again; returns its id. Raises NotFound."""
    viewer.require(Permission.ACCOUNTS_WRITE)
    found = await session.scalar(select(Pulse).where(Pulse.id == pulse_id).with_for_update())
    if found is None:
        raise NotFound("There is no such pulse, or you may not see it.", field=["pulseId"])
    if found.withdrawn_at is None:
        await session.execute(
            update(Pulse)
            .where(Pulse.id == pulse_id)
            .values(withdrawn_at=func.waymark_now())
            .execution_options(synchronize_session=False)
        )
        await emit(session, PulseWithdrawn(account_id=found.account_id, pulse_id=found.id, mood=found.mood))
        await audit.record_of(
            session,
            viewer,
            "pulse.withdrawn",
            subject=f"pulse:{found.id}",
            account_id=found.account_id,
            before={"mood": found.mood},
        )
    return pulse_id
