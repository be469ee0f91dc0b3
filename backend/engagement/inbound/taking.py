"""Whose mail it is: addresses are matched with members and staff, and with one account it is a touchpoint.

Who wrote it has to be a member or of the staff. A member's account is theirs; mail of staff is about the account of the
members among its recipients. Anything else waits for staff to say, and nothing is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from backend.db import clock
from backend.db.engine import SETTINGS, WriteSession
from backend.engagement.inbound import intake
from backend.engagement.inbound.message import Parsed, Unreadable, parse, passed
from backend.engagement.models import InboundMail, InboundReason, InboundState, TouchpointKind
from backend.engagement.service.touchpoints import note_touchpoint
from backend.identity import audit
from backend.identity.models import Member, MemberState, Person, Staff
from backend.sealing import unseal
from backend.settings import Settings

OLDEST = timedelta(days=31)
"""How far back a mail may say that it was written; an older date is taken for a wrong clock."""
MARKUP = re.compile(r"([\\`*_\[\]<>#!|~])")
NO_SUBJECT = "(no subject)"


@dataclass(frozen=True)
class Match:
    """Where a mail belongs, or why that is open."""

    reason: InboundReason | None = None
    account_id: UUID | None = None
    person_id: UUID | None = None
    staff_id: UUID | None = None


@dataclass
class _Known:
    """What is known of the addresses of a mail."""

    members: dict[str, list[tuple[UUID, UUID]]] = field(default_factory=dict)
    """Address → accounts and person."""
    staff: dict[str, UUID] = field(default_factory=dict)


async def take(session: WriteSession, mail_id: UUID) -> None:
    """Read a mail that was stored, and note it as a touchpoint, or say why that is for staff to do."""
    settings: Settings = session.info[SETTINGS]
    row = await session.scalar(
        select(InboundMail)
        .where(InboundMail.id == mail_id, InboundMail.state == InboundState.RECEIVED)
        .with_for_update()
    )
    if row is None or row.content is None:
        return
    try:
        parsed = parse(unseal(settings, intake.PURPOSE, row.content))
    except Unreadable:
        await _settle(session, mail_id, state=InboundState.REJECTED, reason=InboundReason.UNREADABLE)
        return
    if parsed.is_automatic:
        await _settle(
            session, mail_id, state=InboundState.IGNORED, reason=InboundReason.AUTOMATIC, content=None, is_over=True
        )
        return
    match = await _match(session, settings, parsed)
    now = await clock.now(session)
    written_at = parsed.written_at if parsed.written_at and now - OLDEST <= parsed.written_at <= now else now
    if match.reason is not None or match.account_id is None:
        await _settle(
            session,
            mail_id,
            state=InboundState.REJECTED,
            reason=match.reason,
            content=None,
            sender=parsed.sender or None,
            recipients=", ".join(parsed.recipients) or None,
            subject=parsed.subject or None,
            body=parsed.text or None,
            occurred_at=written_at,
            person_id=match.person_id,
        )
        return
    made = await note_touchpoint(
        session,
        account_id=match.account_id,
        kind=TouchpointKind.EMAIL,
        summary=summary(parsed.subject, parsed.text),
        occurred_at=written_at,
        person_id=match.person_id,
        logged_by=match.staff_id,
    )
    await audit.record(
        session,
        "touchpoint.logged",
        actor="mail",
        subject=f"touchpoint:{made}",
        account_id=match.account_id,
        after={"kind": TouchpointKind.EMAIL.value, "occurredAt": written_at.isoformat()},
    )
    await _settle(
        session,
        mail_id,
        state=InboundState.LOGGED,
        content=None,
        occurred_at=written_at,
        person_id=match.person_id,
        account_id=match.account_id,
        touchpoint_id=made,
        is_over=True,
    )


def summary(subject: str | None, text: str | None) -> str:
    """A mail as a touchpoint's summary, which is Markdown: what a stranger wrote is shown as it was written."""
    shown = f"{subject or NO_SUBJECT}\n\n{text or ''}".strip()
    return MARKUP.sub(r"\\\1", shown)[:10_000].rstrip("\\")


async def _match(session: WriteSession, settings: Settings, parsed: Parsed) -> Match:
    own = settings.inbound_address.casefold()
    others = [address for address in parsed.recipients if address not in {own, parsed.sender}]
    if settings.inbound_authserv_id and not passed(parsed, settings.inbound_authserv_id):
        return Match(InboundReason.UNVERIFIED)
    known = await _known(session, [parsed.sender, *others])
    theirs, staff_id = known.members.get(parsed.sender, []), known.staff.get(parsed.sender)
    if not theirs and staff_id is None:
        return Match(InboundReason.UNKNOWN_SENDER)
    if staff_id is None:
        candidates = theirs
        staff_id = next((known.staff[address] for address in others if address in known.staff), None)
    else:
        candidates = [found for address in others for found in known.members.get(address, [])]
    accounts = {account for account, _ in candidates}
    persons = {person for _, person in candidates}
    person_id = persons.pop() if len(persons) == 1 else None
    if len(accounts) != 1:
        return Match(InboundReason.AMBIGUOUS if accounts else InboundReason.NO_ACCOUNT, person_id=person_id)
    if not parsed.subject and not parsed.text:
        return Match(InboundReason.EMPTY, person_id=person_id)
    return Match(None, accounts.pop(), person_id, staff_id)


async def _known(session: WriteSession, addresses: list[str]) -> _Known:
    wanted = [address for address in addresses if address]
    known = _Known()
    rows = await session.execute(
        select(Person.email_key, Person.id, Member.account_id, Staff.id.label("staff_id"))
        .outerjoin(
            Member,
            (Member.person_id == Person.id) & Member.state.in_([MemberState.ACTIVE, MemberState.INVITED]),
        )
        .outerjoin(Staff, (Staff.person_id == Person.id) & Staff.is_active)
        .where(Person.email_key.in_(wanted), Person.erased_at.is_(None))
        .order_by(Member.account_id)
    )
    for row in rows:
        if row.account_id is not None:
            known.members.setdefault(row.email_key, []).append((row.account_id, row.id))
        if row.staff_id is not None:
            known.staff[row.email_key] = row.staff_id
    return known


async def _settle(
    session: WriteSession,
    mail_id: UUID,
    *,
    state: InboundState,
    reason: InboundReason | None = None,
    is_over: bool = False,
    occurred_at: datetime | None = None,
    **more: Any,
) -> None:
    values = {"state": state.value, "reason": reason and reason.value, "occurred_at": occurred_at, **more}
    if is_over:
        values["settled_at"] = func.waymark_now()
    await session.execute(
        update(InboundMail).where(InboundMail.id == mail_id).values(values).execution_options(synchronize_session=False)
    )
