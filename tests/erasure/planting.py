"""A row in every table with the name, address and telephone number of one person in all that may hold them.

Rows are made from the declarations alone, so a new table is planted without a word here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.types import Boolean, Date, DateTime, Float, Integer, Interval, Text, Uuid

from backend.db.base import Erasure
from backend.db.engine import Database
from backend.db.ids import uuid7
from backend.ingest.upkeep import make_partitions
from backend.settings import Settings
from backend.tables import metadata

NAME = "Zyxwvut Marker"
ADDRESS = "zyxwvut.marker@planted.example"
IDENTIFIER = "planted-identifier-0815"
TELEPHONE = "+49 30 5550815"
MARKERS = (NAME, "Zyxwvut", ADDRESS, IDENTIFIER, TELEPHONE, "5550815")
TEXT = f"{NAME} asked: write to {ADDRESS} or call {TELEPHONE}.\nKnown as {IDENTIFIER}, said {NAME.upper()}"
DOCUMENT = {"from": TEXT, "deep": [{NAME: [TEXT, 7]}], "amount": 12}
"""For values that are blanked or redacted as a whole, and for texts within JSON."""
MENTIONED = {Erasure.BLANKED, Erasure.REDACTED}
UNPLANTED = {"organizations", "clock_offset", "person_erasures"}
"""Tables of one row, and the table that erasing itself keeps."""


@dataclass
class Garden:
    """What was planted: the ids of each table's rows, the marked person's first and another's second."""

    person: UUID
    other: UUID
    rows: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)


async def plant(database: Database, settings: Settings) -> Garden:
    """Plant every table. Checks that made-up values break are dropped: what is tried is erasing, not inserting."""
    async with database.begin() as session:
        await make_partitions(session)
    garden = Garden(uuid7(), uuid7())
    connection = await asyncpg.connect(settings.migrate_url)
    try:
        await connection.execute("set session_replication_role = replica")
        for table in metadata.sorted_tables:
            if table.name not in UNPLANTED:
                theirs = _row(table, garden, is_theirs=True)
                others = _row(table, garden, is_theirs=False)
                for values in (theirs, others):
                    await _insert(connection, table, values)
                garden.rows[table.name] = theirs, others
    finally:
        await connection.close()
    return garden


def _row(table: Table, garden: Garden, *, is_theirs: bool) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for place, column in enumerate(table.columns):
        value = _value(column, garden, place, is_theirs=is_theirs)
        if value is not None:
            values[column.name] = value
    return values


def _value(column: Column[Any], garden: Garden, place: int, *, is_theirs: bool) -> Any:
    person = garden.person if is_theirs else garden.other
    if column.table.name == "persons":
        special: dict[str, Any] = {"id": person, "erased_at": None}
        if not is_theirs:
            special |= {"name": "Other", "email": "other@planted.example", "email_key": "other@planted.example"}
            special |= {"locale": "de", "time_zone": "Europe/Berlin"}
        elif column.name in {"email", "email_key"}:
            special |= {"email": ADDRESS, "email_key": ADDRESS}
        elif column.name == "name":
            special |= {"name": NAME}
        if column.name in special:
            return special[column.name]
    if column.name.endswith("person_id") or any(key.column.table.name == "persons" for key in column.foreign_keys):
        return person
    for reference in column.foreign_keys:
        planted = garden.rows.get(reference.column.table.name)
        if planted is not None:
            return planted[0 if is_theirs else 1].get(reference.column.name)
    how = column.info.get("erasure")
    if isinstance(column.type, Text):
        return _text(column, how, is_theirs=is_theirs)
    if isinstance(column.type, JSONB):
        return json.dumps(DOCUMENT if how in MENTIONED else {})
    if isinstance(column.type, ARRAY):
        return [TEXT] if how in MENTIONED else []
    return _plain(column, place, is_theirs=is_theirs)


def _text(column: Column[Any], how: Erasure | None, *, is_theirs: bool) -> str:
    if how is Erasure.HASHED:
        return IDENTIFIER if is_theirs else "somebody-else"
    if how is Erasure.ROW_DELETED:
        return TEXT if is_theirs else f"another {column.name}"
    if how in MENTIONED:
        return TEXT
    known = next(
        (
            found[1]
            for made in column.table.constraints
            if (found := re.match(rf"{column.name} in \('([^']*)'", str(getattr(made, "sqltext", ""))))
        ),
        None,
    )
    return known or f"{column.name} {is_theirs}"


def _plain(column: Column[Any], place: int, *, is_theirs: bool) -> Any:
    kind = column.type
    if isinstance(kind, Uuid):
        return uuid7()
    if isinstance(kind, BYTEA):
        return b"theirs" if is_theirs else b"others"
    if isinstance(kind, DateTime):
        if column.name == "received_at":  # partitions reach from this month on
            return datetime.now(UTC)
        return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=place)
    if isinstance(kind, Date):
        return date(2024, 1, 1) + timedelta(days=place)
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Interval):
        return timedelta(0)
    if isinstance(kind, Float):
        return 0.5
    assert isinstance(kind, Integer), f"{column}: planting knows no value of {kind!r}"
    return 1 if is_theirs else 2


async def _insert(connection: asyncpg.Connection[asyncpg.Record], table: Table, values: dict[str, Any]) -> None:
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    statement = f"insert into {table.name} ({', '.join(values)}) overriding system value values ({places})"
    while True:
        try:
            await connection.execute(statement, *values.values())
            return
        except asyncpg.CheckViolationError as error:
            name = error.as_dict()["constraint_name"]
            await connection.execute(f"alter table {table.name} drop constraint {name}")
