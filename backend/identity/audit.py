"""Audit entries: who did what to customer data, on whose behalf. Ids and states only, never names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.models import AuditEntry
from backend.viewer import Viewer

Actor = Literal["staff", "member", "api key", "command line", "identity provider", "voucher", "mail"]


async def record_of(
    session: AsyncSession,
    viewer: Viewer,
    action: str,
    *,
    subject: str,
    account_id: UUID | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write what a viewer did, in the caller's transaction; `account_id` is on whose behalf."""
    await record(
        session,
        action,
        actor=viewer,
        subject=subject,
        account_id=account_id,
        before=before,
        after=after,
    )


async def record(
    session: AsyncSession,
    action: str,
    *,
    actor: Actor | Viewer,
    subject: str,
    actor_person_id: UUID | None = None,
    actor_key_id: UUID | None = None,
    account_id: UUID | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry in the caller's transaction. `action` is a past tense such as `staff.created`."""
    if isinstance(actor, Viewer):
        actor_person_id, actor_key_id = actor.person_id, actor.key_id
        actor = "api key" if actor.key_id else actor.kind
    await session.execute(
        insert(AuditEntry).values(
            actor_person_id=actor_person_id,
            actor_key_id=actor_key_id,
            actor=actor,
            action=action,
            account_id=account_id,
            subject=subject,
            before=before,
            after=after,
        )
    )
