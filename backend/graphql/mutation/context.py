"""What a mutation's function is handed: who asks, the one transaction that it may open, and how to answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

from backend import idempotency
from backend.db.access import ViewerKind
from backend.db.engine import Database, WriteSession
from backend.graphql.planner import Call
from backend.viewer import Viewer

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Answered:
    """What `payload` returns in place of a payload's instance: its JSON, as the database wrote it."""

    data: bytes


class AnsweredBefore(Exception):
    """The idempotency key was used already; carries what the first answered, read anew."""

    def __init__(self, answered: Answered) -> None:
        super().__init__("answered before")
        self.answered = answered


@dataclass(slots=True)
class Context:
    """One field of a mutation while it runs."""

    call: Call
    database: Database
    request_id: str
    _session: WriteSession | None = None
    _kind: ViewerKind | None = None
    _given: dict[str, Any] = field(default_factory=dict)
    _pending: Mapping[str, Any] | None = None

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        return self.call.viewer

    @asynccontextmanager
    async def begin(self, kind: ViewerKind | None = None) -> AsyncIterator[WriteSession]:
        """The transaction of this field: returning commits, raising rolls back. It can be opened once.

        It runs on the viewer's own login, so that the database isolates what is written as it does what is read.
        `kind="system"` is for what no viewer's login may do; say why. Its answer is read after it, as the viewer.

        A claimed idempotency key that was answered before ends the function here, with the first answer.
        """
        if self._kind is not None:
            raise RuntimeError(f"{self.call.plan.key} begins twice: a field of a mutation is one transaction.")
        self._kind = kind or self.viewer.kind
        async with self._transaction(self._kind) as session:
            claimed: idempotency.Claim | None = None
            key = getattr(self.call.input, "idempotency_key", None)
            if key is not None:
                claimed = await idempotency.claim(session, self.viewer, self.call.plan.field.name, key, self.call.body)
            earlier = claimed.earlier if claimed is not None else None
            if earlier is None:
                self._session = session
                try:
                    yield session
                finally:
                    self._session = None
                if claimed is not None:
                    await idempotency.answered(session, claimed, self._given)
        if earlier is not None:
            raise AnsweredBefore(await self._read_alone(earlier))

    async def read(self, given: Mapping[str, Any]) -> Answered:
        """What the operation selects of objects with these keys.

        Inside the open transaction, so that it sees what was written; after it where it is not the viewer's, since
        the system's login would show what the viewer may not see.
        """
        self._given.update(_remembered(given))
        if self._session is None:
            return await self._read_alone(given)
        if self._kind != self.viewer.kind:
            self._pending = given
            return Answered(b"null")
        return await self._read(self._session, given)

    async def finish(self, answered: Answered) -> Answered:
        """What the function answered, or what it left to be read after its transaction."""
        return answered if self._pending is None else await self._read_alone(self._pending)

    async def _read_alone(self, given: Mapping[str, Any]) -> Answered:
        async with self._transaction(self.viewer.kind) as session:
            return await self._read(session, given)

    async def _read(self, session: WriteSession, given: Mapping[str, Any]) -> Answered:
        await session.flush()
        answer = self.call.plan.answer
        connection = await session.connection()
        found = await connection.exec_driver_sql(answer.sql, answer.arguments(given, self.call.variables, self.viewer))
        return Answered(str(found.scalar_one()).encode())

    def _transaction(self, kind: ViewerKind) -> Any:
        return self.database.begin(kind, account_id=self.viewer.account_id, person_id=self.viewer.person_id)


def _remembered(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept for a repeated request: ids, numbers, booleans. A secret that is shown once is not shown again."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, UUID):
            kept[name] = str(value)
        elif isinstance(value, int):
            kept[name] = value
        elif isinstance(value, list) and all(isinstance(item, UUID) for item in value):
            kept[name] = [str(item) for item in value]
    return kept


@dataclass(frozen=True, slots=True)
class Info:
    """The first parameter of every mutation's function."""

    context: Context


async def payload(cls: type[P], info: Info, **given: Any) -> P:
    """Answer a mutation: objects by their keys, lists of them, and values, by field name of the payload.

    Reads what the operation selects of them with the planner, inside the open transaction, which sees its own writes.
    """
    return cast("P", await info.context.read(given))
