"""Named reads of accounts that more than one place uses."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.accounts.models import Account
from backend.errors import NotFound

TIER_SPANS = """(
    select account_id, tier_key, valid_from as starts, coalesce(valid_to, date 'infinity') as ends,
           known_on as known, coalesce(superseded_on, date 'infinity') as superseded, id
    from account_tiers)"""
"""Tiers of accounts: held on a day in [starts, ends), believed on a day in [known, superseded)."""


async def require(session: AsyncSession, account_id: UUID, *, field: str = "accountId") -> None:
    """Raise NotFound where there is no such account, or none that the session's login may see."""
    if await session.scalar(select(Account.id).where(Account.id == account_id)) is None:
        raise NotFound("There is no such account, or you may not see it.", field=[field])


async def named(session: AsyncSession, word: str) -> UUID:
    """The account with this external id, else the one with this id. Raises NotFound."""
    found = await session.scalar(select(Account.id).where(Account.external_id == word))
    if found is None:
        with suppress(ValueError):
            account_id = UUID(hex=word.removeprefix("acct_"))
            found = await session.scalar(select(Account.id).where(Account.id == account_id))
    if found is None:
        raise NotFound(f"There is no account with the id or external id {word!r}.", field=["account"])
    return found
