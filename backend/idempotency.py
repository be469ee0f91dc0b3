"""Idempotency keys: a client may send the same change again and gets the first answer, not a second effect.

A key is claimed in the transaction of its change, by a unique constraint: a twin that comes meanwhile waits for the
first to commit, and then is given what the first answered, or to roll back, and then does the work itself. Kept are
hashes and ids, so that a row says nothing of what was asked; `jobs/idempotency.py` deletes rows after a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, delete, func, select, update
from sqlalchemy.dialects.postgresql import BYTEA, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Json, RecordedAt
from backend.errors import InvalidInput, KeyReused
from backend.viewer import Viewer

KEPT = timedelta(hours=24)
LONGEST_KEY = 200


class IdempotencyKey(Base):
    """What a change with a key came to. The row is written by the change itself and exists only if that committed."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("holder_id", "account_id", "operation", "key_hash", postgresql_nulls_not_distinct=True),
        CheckConstraint("octet_length(key_hash) = 32 and octet_length(body_hash) = 32", name="hashes"),
    )
    id: Mapped[Id]
    holder_id: Mapped[UUID]
    """The person or API key that sent it."""
    account_id: Mapped[UUID | None]
    """The account that a member acted for; empty for staff."""
    operation: Mapped[Code]
    key_hash: Mapped[bytes] = mapped_column(BYTEA)
    body_hash: Mapped[bytes] = mapped_column(BYTEA)
    answer: Mapped[Json | None]
    """Ids by field of the payload."""
    created_at: Mapped[RecordedAt] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is this transaction's, or that was answered before."""

    id: UUID
    earlier: Mapping[str, Any] | None
    """What was answered; None: the work is still to be done."""


async def claim(session: AsyncSession, viewer: Viewer, operation: str, key: str, body: bytes) -> Claim:
    """Claim a key for this transaction; waits while another holds it. `body` is the input in one canonical form.

    Raises KeyReused for a key that was used with another body, InvalidInput for one that is empty or too long.
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidInput(f"idempotencyKey has 1 to {LONGEST_KEY} characters.", field=["idempotencyKey"])
    holder = viewer.key_id or viewer.person_id
    if holder is None:
        raise InvalidInput("An idempotencyKey needs somebody who is signed in.", field=["idempotencyKey"])
    mine = {
        "holder_id": holder,
        "account_id": viewer.account_id,
        "operation": operation,
        "key_hash": sha256(key.encode("utf-8", "surrogatepass")).digest(),
    }
    body_hash = sha256(body).digest()
    made = await session.scalar(
        insert(IdempotencyKey)
        .values(**mine, body_hash=body_hash)
        .on_conflict_do_nothing(index_elements=list(mine))
        .returning(IdempotencyKey.id)
    )
    if made is not None:
        return Claim(made, None)
    matches = [
        getattr(IdempotencyKey, name).is_not_distinct_from(value)
        if value is None
        else getattr(IdempotencyKey, name) == value
        for name, value in mine.items()
    ]
    row = (await session.execute(select(IdempotencyKey).where(*matches))).scalar_one()
    if row.body_hash != body_hash:
        raise KeyReused
    return Claim(row.id, row.answer or {})


async def answered(session: AsyncSession, claimed: Claim, ids: Mapping[str, Any]) -> None:
    """Note what a claimed key came to, in the transaction of the change."""
    await session.execute(update(IdempotencyKey).where(IdempotencyKey.id == claimed.id).values(answer=dict(ids)))


async def prune(session: AsyncSession) -> int:
    """Delete the keys that are older than a day; how many."""
    gone = await session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < func.waymark_now() - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]
