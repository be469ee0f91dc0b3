"""Passwords: Argon2id hashes, made and checked off the event loop, a few at a time."""

from __future__ import annotations

import asyncio
import unicodedata
from uuid import UUID
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import InvalidInput
from backend.identity.models import Password, SignInChallenge

# OWASP's first choice for Argon2id (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
SHORTEST, LONGEST = 12, 256
AT_ONCE = 2
"""Hashes computed at the same time in a process: each takes 19 MiB and a core."""
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
_NOBODY = _hasher.hash("nobody has this password")
"""Checked where there is no hash to check, so that an unknown address takes as long as a known one."""


def _slot() -> asyncio.Semaphore:
    return _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _hash(password: str) -> str:
    return _hasher.hash(_normal(password))


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


async def store(session: AsyncSession, person_id: UUID, password: str) -> None:
    """Set a person's password; sign-ins that the one before began end. Raises InvalidInput unless it has 12 to 256
    characters.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(
            f"A password has {SHORTEST} to {LONGEST} characters.",
            field=["password"],
            params={"least": SHORTEST, "most": LONGEST},
        )
    async with _slot():
        made = await asyncio.to_thread(_hash, password)
    await session.execute(delete(SignInChallenge).where(SignInChallenge.person_id == person_id))
    await session.execute(
        insert(Password)
        .values(person_id=person_id, hash=made)
        .on_conflict_do_update(
            index_elements=[Password.person_id], set_={"hash": made, "changed_at": func.waymark_now()}
        )
    )


async def stored(session: AsyncSession, person_id: UUID | None) -> str | None:
    """The hash of a person's password; None where there is none."""
    return await session.scalar(select(Password.hash).where(Password.person_id == person_id))


async def matches(stored_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash. Takes as long without a hash, and is False then."""
    async with _slot():
        found = await asyncio.to_thread(_matches, stored_hash or _NOBODY, password[: LONGEST + 1])
    return found and stored_hash is not None
