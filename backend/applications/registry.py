"""What an API process knows of applications: all of them, looked at again every few seconds; documents as asked for."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select

from backend.applications.models import Application, DocumentPolicy, RegisteredDocument
from backend.applications.service import HELD
from backend.db.engine import Database
from backend.lru import Lru

KEPT_SECONDS = 5.0
"""How long a changed application may go on as it was."""
DOCUMENT_SECONDS = 60.0
MISSING_SECONDS = 2.0
"""How long a hash that nobody registered is believed to be unknown: a release is new for that long."""
DOCUMENTS_KEPT, CHARACTERS_KEPT = 5_000, 8_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """An application as requests need it."""

    id: UUID
    name: str
    origins: frozenset[str]
    document_policy: DocumentPolicy
    points_per_second: int


class Registry:
    """The applications of this Waymark, and the documents that they registered."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_id: dict[UUID, Known] = {}
        self._by_origin: dict[str, Known] = {}
        self._until = 0.0
        self._looking = asyncio.Lock()
        self._documents: Lru[tuple[UUID, str], tuple[str | None, float]] = Lru(DOCUMENTS_KEPT, CHARACTERS_KEPT)

    async def with_id(self, key: UUID) -> Known | None:
        """The application with an id; None where it was removed."""
        await self._look()
        return self._by_id.get(key)

    async def at(self, origin: str) -> Known | None:
        """The application whose pages come from an origin."""
        await self._look()
        return self._by_origin.get(origin)

    async def document(self, application: Known, sha256: str) -> str | None:
        """The text of a registered document that still holds; None where there is none."""
        key = (application.id, sha256)
        kept = self._documents.get(key)
        if kept is not None and kept[1] > time.monotonic():
            return kept[0]
        async with self._database.begin() as session:
            found = await session.scalar(
                select(RegisteredDocument.text).where(
                    RegisteredDocument.application_id == application.id,
                    RegisteredDocument.sha256 == sha256,
                    or_(
                        RegisteredDocument.retired_at.is_(None),
                        RegisteredDocument.retired_at > func.waymark_now() - HELD,
                    ),
                )
            )
        until = time.monotonic() + (MISSING_SECONDS if found is None else DOCUMENT_SECONDS)
        self._documents.put(key, (found, until), len(found or "") + 200)
        return found

    async def _look(self) -> None:
        if self._until > time.monotonic():
            return
        async with self._looking:
            if self._until > time.monotonic():
                return
            async with self._database.begin() as session:
                rows = list(await session.scalars(select(Application).where(Application.removed_at.is_(None))))
            known = [
                Known(
                    row.id, row.name, frozenset(row.origins), DocumentPolicy(row.document_policy), row.points_per_second
                )
                for row in rows
            ]
            self._by_id = {each.id: each for each in known}
            self._by_origin = {origin: each for each in known for origin in each.origins}
            self._until = time.monotonic() + KEPT_SECONDS


def _known(row: Application) -> Known:
    policy = DocumentPolicy(row.document_policy)
    return Known(row.id, row.name, frozenset(row.origins), policy, row.points_per_second)
