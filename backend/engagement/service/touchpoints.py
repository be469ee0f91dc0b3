"""What staff note of their contact with accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, update

from backend.accounts import queries as accounts
from backend.accounts.models import AccountInternal
from backend.db import clock
from backend.db.engine import WriteSession
from backend.db.ids import uuid7
from backend.engagement.events import TouchpointLogged
from backend.engagement.models import Touchpoint, TouchpointKind
from backend.errors import InvalidInput, NotFound
from backend.events import emit
from backend.identity import audit
from backend.identity import queries as identity
from backend.identity.models import Member
from backend.permissions import Permission
from backend.texts import prose
from backend.viewer import Viewer

LEEWAY = timedelta(minutes=5)
"""How far ahead of ours a client's clock may be."""


async def log_touchpoint(
    session: WriteSession,
    viewer: Viewer,
    *,
    account_id: UUID,
    kind: TouchpointKind,
    summary: str,
    occurred_at: datetime | None = None,
    person_id: UUID | None = None,
) -> UUID:
    """Note a contact with an account; returns its id. It counts as the last touch where no later one is noted.

    Raises NotFound for an account or a person of it that does not exist, InvalidInput for a time to come.
    """
    viewer.require(Permission.ACCOUNTS_WRITE)
    await accounts.require(session, account_id)
    now = await clock.now(session)
    at = occurred_at or now
    if at > now + LEEWAY:
        raise InvalidInput("occurredAt lies in the future. Make a task of what is still to come.", field=["occurredAt"])
    if person_id is not None and not await session.scalar(
        select(Member.id).where(Member.account_id == account_id, Member.person_id == person_id)
    ):
        raise NotFound("The account has no such person.", field=["personId"])
    made = await note_touchpoint(
        session,
        account_id=account_id,
        kind=kind,
        summary=prose(summary, field="summary"),
        occurred_at=at,
        person_id=person_id,
        logged_by=await identity.staff_id(session, viewer),
    )
    await audit.record_of(
        session,
        viewer,
        "touchpoint.logged",
        subject=f"touchpoint:{made}",
        account_id=account_id,
        after={"kind": kind.value, "occurredAt": at.isoformat()},
    )
    return made


async def note_touchpoint(
    session: WriteSession,
    *,
    account_id: UUID,
    kind: TouchpointKind,
    summary: str,
    occurred_at: datetime,
    person_id: UUID | None,
    logged_by: UUID | None,
) -> UUID:
    """Write a contact down that was looked at before; returns its id. The caller audits who noted it."""
    made = uuid7()
    await session.execute(
        insert(Touchpoint).values(
            id=made,
            account_id=account_id,
            kind=kind.value,
            occurred_at=occurred_at,
            summary=summary,
            person_id=person_id,
            logged_by=logged_by,
        )
    )
    await session.execute(
        update(AccountInternal)
        .where(AccountInternal.account_id == account_id)
        .values(last_touch_at=func.greatest(AccountInternal.last_touch_at, occurred_at))
        .execution_options(synchronize_session=False)
    )
    await emit(
        session,
        TouchpointLogged(account_id=account_id, touchpoint_id=made, kind=kind.value, occurred_at=occurred_at),
    )
    return made
