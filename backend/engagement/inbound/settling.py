"""What staff do about mail that found no account by itself, and forgetting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from backend.db.engine import WriteSession
from backend.engagement.inbound.taking import summary
from backend.engagement.models import InboundMail, InboundState, TouchpointKind
from backend.engagement.service.touchpoints import log_touchpoint
from backend.errors import Conflict, InvalidInput, NotFound
from backend.identity import audit
from backend.permissions import Permission
from backend.viewer import Viewer

KEPT = timedelta(days=30)
"""How long it stays known that a mail was taken, so that it is taken once."""
EMPTIED: dict[str, Any] = dict.fromkeys(("content", "sender", "recipients", "subject", "body"))


async def assign_mail(session: WriteSession, viewer: Viewer, *, mail_id: UUID, account_id: UUID) -> UUID:
    """Note a mail that waits as a touchpoint of an account; returns the touchpoint's id.

    Raises NotFound, Conflict for a mail that does not wait, and InvalidInput for one that cannot be read.
    """
    viewer.require(Permission.ACCOUNTS_WRITE)
    found = await _waiting(session, mail_id)
    if not found.subject and not found.body:
        raise InvalidInput("This mail says nothing that can be read. Dismiss it.", field=["mailId"])
    touchpoint_id = await log_touchpoint(
        session,
        viewer,
        account_id=account_id,
        kind=TouchpointKind.EMAIL,
        summary=summary(found.subject, found.body),
        occurred_at=found.occurred_at,
    )
    await _over(session, mail_id, InboundState.LOGGED, account_id=account_id, touchpoint_id=touchpoint_id)
    return touchpoint_id


async def dismiss_mail(session: WriteSession, viewer: Viewer, *, mail_id: UUID) -> None:
    """Forget what a mail says that waits. Raises NotFound, and Conflict for a mail that does not wait."""
    viewer.require(Permission.ACCOUNTS_WRITE)
    await _waiting(session, mail_id)
    await _over(session, mail_id, InboundState.DISMISSED)
    await audit.record_of(session, viewer, "inbound_mail.dismissed", subject=f"inbound_mail:{mail_id}")


async def prune(session: WriteSession) -> None:
    """Forget mails that were settled 30 days ago. What waits for staff stays."""
    await session.execute(delete(InboundMail).where(InboundMail.settled_at < func.waymark_now() - KEPT))


async def _waiting(session: WriteSession, mail_id: UUID) -> Any:
    found = (
        await session.execute(
            select(InboundMail.state, InboundMail.subject, InboundMail.body, InboundMail.occurred_at)
            .where(InboundMail.id == mail_id)
            .with_for_update(of=InboundMail)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such mail.", field=["mailId"])
    if found.state != InboundState.REJECTED:
        raise Conflict("This mail does not wait for anybody: it is settled, or not read yet.", field=["mailId"])
    return found


async def _over(session: WriteSession, mail_id: UUID, state: InboundState, **more: Any) -> None:
    values = {**EMPTIED, "state": state.value, "settled_at": func.waymark_now(), **more}
    await session.execute(
        update(InboundMail).where(InboundMail.id == mail_id).values(values).execution_options(synchronize_session=False)
    )
