"""Write keys, `wmw_<prefix>_<secret>`: they send events into one source and can do nothing else.

Shown once and stored as SHA-256. A key of a server is a secret. A key of a browser is public, since every visitor can
read it: it counts only from the origins that it names, and what it sends changes no person, account or member.
"""

from __future__ import annotations

import hmac
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import clock
from backend.db.engine import Database
from backend.db.ids import uuid7
from backend.errors import Conflict, InvalidInput, NotFound
from backend.identity import audit
from backend.identity.keys import TOUCHED_EVERY, key_hash, new_key, prefix_of
from backend.ingest.models import WriteKey, WriteKeyKind
from backend.usage.models import Source, SourceKind
from backend.viewer import Viewer

START = "wmw_"
LONGEST = 200
SOURCE_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
KEPT_SECONDS = 5.0
"""How long a verified key is believed without looking again: a revoked one holds that long."""
KEPT_AT_MOST = 10_000
LOCAL = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class NewWriteKey:
    """A key that was just made. `text` is the only copy of the secret there will ever be."""

    id: UUID
    text: str
    prefix: str
    made_source: bool


@dataclass(frozen=True, slots=True)
class Writer:
    """What a valid write key may do."""

    key_id: UUID
    source_id: UUID
    kind: WriteKeyKind
    origins: frozenset[str]

    @property
    def is_trusted(self) -> bool:
        """Whether it may speak about people and accounts."""
        return self.kind is WriteKeyKind.SERVER


async def create(
    session: AsyncSession,
    *,
    name: str,
    source_key: str,
    kind: WriteKeyKind,
    origins: Sequence[str] = (),
    actor: audit.Actor | Viewer = "command line",
) -> NewWriteKey:
    """Make a key for a source, and the source where there is none. Raises InvalidInput for origins that do not fit."""
    if not name.strip() or "\0" in name or len(name) > 200:
        raise InvalidInput("Give the key a name of 1 to 200 characters.", field=["name"], params={"most": 200})
    if not SOURCE_KEY.fullmatch(source_key):
        raise InvalidInput("A source has 1 to 60 letters, digits, dots, hyphens and underscores.", field=["sourceKey"])
    chosen = sorted({_origin(origin) for origin in origins})
    if kind is WriteKeyKind.BROWSER and not chosen:
        raise InvalidInput("A key of a browser needs an origin such as https://app.example.com.", field=["origins"])
    if kind is WriteKeyKind.SERVER and chosen:
        raise InvalidInput("A key of a server has no origins; make one of a browser for pages.", field=["origins"])
    made = await session.scalar(
        insert(Source)
        .values(id=uuid7(), key=source_key, name=source_key, kind=SourceKind.PRODUCT.value)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Source.id)
    )
    source = await session.scalar(select(Source.id).where(Source.key == source_key))
    prefix, text = new_key(START)
    key = WriteKey(
        id=uuid7(),
        source_id=source,
        name=name.strip(),
        kind=kind.value,
        prefix=prefix,
        secret_hash=key_hash(text),
        origins=chosen,
    )
    session.add(key)
    await session.flush()
    await audit.record(
        session,
        "write_key.created",
        actor=actor,
        subject=f"write_key:{key.id}",
        after={"source": source_key, "kind": kind.value, "origins": chosen},
    )
    return NewWriteKey(key.id, text, prefix, made is not None)


async def revoke(session: AsyncSession, *, prefix: str, actor: audit.Actor | Viewer = "command line") -> UUID:
    """End a key; API processes notice within seconds. Raises NotFound, and Conflict when it has ended already."""
    row = await session.scalar(select(WriteKey).where(WriteKey.prefix == prefix).with_for_update())
    if row is None:
        raise NotFound(f"There is no write key with the prefix {prefix!r}.", field=["prefix"])
    if row.revoked_at is not None:
        raise Conflict(f"The write key {prefix} was revoked already.", field=["prefix"])
    row.revoked_at = await clock.now(session)
    await session.flush()
    await audit.record(session, "write_key.revoked", actor=actor, subject=f"write_key:{row.id}")
    return row.id


async def prefix_with(session: AsyncSession, key_id: UUID) -> str:
    """The prefix of a key. Raises NotFound."""
    found = await session.scalar(select(WriteKey.prefix).where(WriteKey.id == key_id))
    if found is None:
        raise NotFound("There is no such write key.", field=["writeKeyId"])
    return found


class Writers:
    """Verifies write keys, and keeps verified ones for some seconds, by their hash."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[bytes, tuple[Writer, float]] = OrderedDict()
        self._origins: tuple[frozenset[str], float] = (frozenset(), 0.0)

    async def writer(self, text: str) -> Writer | None:
        """What the key may do; None for one that is unknown or revoked."""
        if not text.startswith(START) or len(text) > LONGEST:
            return None
        mark = key_hash(text)
        kept = self._kept.get(mark)
        if kept is not None and kept[1] > time.monotonic():
            return kept[0]
        async with self._database.begin() as session:
            found = await _holder(session, text, mark)
        if found is None:
            self._kept.pop(mark, None)
            return None
        self._kept[mark] = found, time.monotonic() + KEPT_SECONDS
        self._kept.move_to_end(mark)
        while len(self._kept) > KEPT_AT_MOST:
            self._kept.popitem(last=False)
        return found

    async def is_origin(self, origin: str) -> bool:
        """Whether any browser's key counts from this origin: what a preflight, which carries no key, can be told."""
        known, until = self._origins
        if until <= time.monotonic():
            statement = select(func.unnest(WriteKey.origins)).where(WriteKey.revoked_at.is_(None)).distinct()
            async with self._database.begin() as session:
                known = frozenset((await session.scalars(statement)).all())
            self._origins = known, time.monotonic() + KEPT_SECONDS
        return origin in known


async def _holder(session: AsyncSession, text: str, mark: bytes) -> Writer | None:
    """Look a key up and note its use."""
    found = select(WriteKey).where(WriteKey.prefix == prefix_of(text), WriteKey.revoked_at.is_(None))
    row = await session.scalar(found)
    if row is None or not hmac.compare_digest(row.secret_hash, mark):
        return None
    now = await clock.now(session)
    if row.last_used_at is None or row.last_used_at < now - TOUCHED_EVERY:
        row.last_used_at = now
    return Writer(row.id, row.source_id, WriteKeyKind(row.kind), frozenset(row.origins))


def _origin(text: str) -> str:
    """An origin as browsers send it. Raises InvalidInput."""
    try:
        parts = urlsplit(text.strip().lower())
    except ValueError:  # such as a bracket that nothing closes
        parts = urlsplit("")
    made = f"{parts.scheme}://{parts.netloc}"
    is_local = parts.scheme == "http" and parts.hostname in LOCAL
    is_safe = (parts.scheme == "https" or is_local) and re.fullmatch(r"[^\s:*]+(:\d+)?", parts.netloc)
    if not is_safe or not parts.hostname or parts.path.rstrip("/") or parts.query or parts.fragment or "@" in made:
        raise InvalidInput(
            f"{text!r} is no origin. Write scheme, host and port, such as https://app.example.com "
            "(http only on this machine).",
            field=["origins"],
        )
    return made
