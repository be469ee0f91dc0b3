"""Finding the person whom somebody asks about, also after they were erased."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import NotFound
from backend.identity import tombstones
from backend.identity.models import Person
from backend.identity.staff import email_key


async def person(session: AsyncSession, word: str) -> Person:
    """The person with this address or id (`prsn_…`); where an erased one had the address, that one. Raises NotFound."""
    if "@" in word:
        key = email_key(word)
        erased = await tombstones.tombstones(session, Person.email_key, [key])
        found = await session.scalar(select(Person).where(Person.email_key == key))
        found = found or await session.scalar(select(Person).where(Person.email_key.in_(erased)))
    else:
        found = None
        with suppress(ValueError):
            found = await session.get(Person, UUID(hex=word.removeprefix("prsn_")))
    if found is None:
        raise NotFound(f"There is no person with the address or id {word!r}.", field=["person"])
    return found
