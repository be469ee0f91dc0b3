"""Everything held about a person as JSON, walked from the declarations that erasure follows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Select, or_, select, text
from sqlalchemy.types import Uuid

from backend.db import clock
from backend.db.base import Erasure
from backend.db.engine import WriteSession
from backend.erasure.holdings import Holding, holdings, is_shown
from backend.erasure.mentions import Sought
from backend.erasure.service import names, names_of
from backend.identity import audit
from backend.identity.models import Person
from backend.tables import metadata
from backend.viewer import Viewer

FORMAT = "waymark-person"
VERSION = 1
OTHERS_WORDS = {Erasure.BLANKED, Erasure.REDACTED, Erasure.HASHED, Erasure.ROW_DELETED}
ROWS_AT_ONCE = 1_000
SNAPSHOT = text("set transaction isolation level repeatable read")
"""Executed first in the transaction, it has all tables read as of one moment."""


async def export(session: WriteSession, person: Person, *, by: Viewer | None = None) -> AsyncIterator[bytes]:
    """The pieces of one JSON document; see docs/operations.md. All of it is of one moment, in bounded memory.

    The transaction begins with SNAPSHOT. `by` is the person, who takes the copy without anybody having read it: then
    others' words are left out, since they may tell of others too.
    """
    head = {
        "format": FORMAT,
        "version": VERSION,
        "exportedAt": (await clock.now(session)).isoformat(),
        "person": f"prsn_{person.id.hex}",
    }
    yield orjson.dumps(head).removesuffix(b"}")
    parts_of = {"tables": _own(person, has_others_words=by is None)}
    if by is None:
        parts_of["mentions"] = _mentions(person, await names_of(session, person))
    parts_of["actions"] = _actions(person)
    for title, parts in parts_of.items():
        yield b',"' + title.encode() + b'":{'
        between = b""
        for table, wanted in parts:
            is_open = False
            async for row in await session.stream(wanted.execution_options(yield_per=ROWS_AT_ONCE)):
                before = b"," if is_open else between + b"\n" + orjson.dumps(table) + b":["
                yield before + b"\n" + orjson.dumps(dict(row._mapping), default=str)
                is_open = True
            if is_open:
                yield b"]"
                between = b","
        yield b"}"
    yield b"}\n"
    await audit.record(session, "person.exported", actor=by or "command line", subject=f"person:{person.id}")


def _own(person: Person, *, has_others_words: bool) -> Iterable[tuple[str, Select[Any]]]:
    for holding in reversed(holdings()):
        if holding.whose is not None:
            columns = [
                column
                for column in holding.table.columns
                if is_shown(column) and (has_others_words or column.info.get("erasure") is not Erasure.REDACTED)
            ]
            yield holding.table.name, select(*columns).where(holding.is_theirs(person.id)).order_by(*holding.key)


def _mentions(person: Person, words: Sought) -> Iterable[tuple[str, Select[Any]]]:
    """Texts of others that name the person."""
    for holding in reversed(holdings()):
        if words.words and holding.searched:
            wanted = select(*dict.fromkeys((*holding.key, *holding.searched))).where(names(holding.searched, words))
            if holding.whose is not None:
                wanted = wanted.where(holding.is_theirs(person.id).is_not(True))
            yield holding.table.name, wanted.order_by(*holding.key)


def _actions(person: Person) -> Iterable[tuple[str, Select[Any]]]:
    """What the person did to others' data: ids, states and times, not what they wrote about others."""
    owned: Mapping[str, Holding] = {holding.table.name: holding for holding in holdings()}
    for table in metadata.sorted_tables:
        acted = [column for column in table.columns if _is_actor(column)]
        if not acted:
            continue
        columns = [c for c in table.columns if is_shown(c) and c.info.get("erasure") not in OTHERS_WORDS]
        did: ColumnElement[bool] = or_(*(column == person.id for column in acted))
        own = owned.get(table.name)
        if own is not None and own.whose is not None:
            did = did & own.is_theirs(person.id).is_not(True)
        yield table.name, select(*columns).where(did).order_by(*table.primary_key)


def _is_actor(column: Column[Any]) -> bool:
    if column.name == "person_id" or not isinstance(column.type, Uuid):
        return False
    refers = any(reference.column.table.name == "persons" for reference in column.foreign_keys)
    return refers or column.name.endswith("_person_id")
