"""Erasing a person: what is theirs in one transaction, then every text of every table in bounded steps.

Ids, amounts, days and states stay, so that every number and all history stay true. Both parts may be repeated: a second
erasure takes what has come since, and one that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, ColumnElement, and_, delete, func, null, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from backend.db.engine import SETTINGS, Database, WriteSession
from backend.erasure.holdings import Holding, as_text, holdings
from backend.erasure.mentions import Sought, sought
from backend.erasure.models import PersonErasure
from backend.errors import NotFound
from backend.events import DomainEvent, emit
from backend.identity import audit, tombstones
from backend.identity.models import ApiKey, Person, Staff
from backend.sealing import seal, unseal
from backend.settings import Settings
from backend.viewer import Viewer

PURPOSE = "erasures"
ROWS_A_STEP = 10_000


@dataclass(frozen=True, kw_only=True)
class PersonErased(DomainEvent):
    """A person was erased; `person_id` says who, and nothing says their name any more."""


async def erase(session: WriteSession, person_id: UUID, *, actor: audit.Actor | Viewer = "command line") -> UUID:
    """Erase what is the person's own, and end every way in. `search` does the rest; returns the erasure's id.

    Waits 3 seconds at most for imports that run, then fails (`LockNotAvailable`). Raises NotFound.
    """
    await tombstones.shut(session)
    person = await session.scalar(select(Person).where(Person.id == person_id).with_for_update())
    if person is None:
        raise NotFound(f"There is no person {person_id}.", field=["person"])
    is_first = person.erased_at is None
    erasure_id = await _begin(session, person_id, await names_of(session, person))
    await session.execute(update(Staff).where(Staff.person_id == person_id).values(is_active=False))
    await session.execute(
        update(ApiKey)
        .where(ApiKey.created_by == person_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.waymark_now())
    )
    for holding in holdings():
        if holding.is_indexed and holding.whose is not None:
            await _erase_own(session, holding, person_id)
    if is_first:
        await audit.record(session, "person.erased", actor=actor, subject=f"person:{person_id}")
        await emit(session, PersonErased(person_id=person_id))
    return erasure_id


async def names_of(session: WriteSession, person: Person) -> Sought:
    """What names the person in texts of others; nothing once they are erased."""
    hashed = []
    for holding in holdings():
        if holding.hashed and holding.is_indexed:
            rows = await session.execute(select(*holding.hashed).where(holding.is_theirs(person.id)))
            hashed += [value for row in rows for value in row if value and not value.startswith(tombstones.START)]
    addresses = [value for value in (person.email, *hashed) if value and "@" in value]
    return sought(person.name, addresses, [value for value in hashed if "@" not in value])


async def _begin(session: WriteSession, person_id: UUID, names: Sought) -> UUID:
    settings: Settings = session.info[SETTINGS]
    row = await session.scalar(select(PersonErasure).where(PersonErasure.person_id == person_id))
    words = set(names.words) | (set(_words(settings, row.sought)) if row is not None else set())
    erasure_id: UUID | None = await session.scalar(
        insert(PersonErasure)
        .values(person_id=person_id, sought=seal(settings, PURPOSE, json.dumps(sorted(words)).encode()))
        .on_conflict_do_update(
            index_elements=["person_id"],
            set_={
                "sought": seal(settings, PURPOSE, json.dumps(sorted(words)).encode()),
                "finished_at": None,
                # Names that have come since are to be searched for from the start.
                "place": null() if row is None or names.words or row.finished_at else PersonErasure.place,
            },
        )
        .returning(PersonErasure.id)
    )
    assert erasure_id is not None  # noqa: S101 - RETURNING gives the row
    return erasure_id


def _words(settings: Settings, sealed: bytes | None) -> tuple[str, ...]:
    return tuple(json.loads(unseal(settings, PURPOSE, sealed))) if sealed else ()


async def _erase_own(
    session: WriteSession, holding: Holding, person_id: UUID, within: ColumnElement[bool] | None = None
) -> None:
    """Erase the person's own rows of a table, or those of them that stand within a part of it."""
    theirs = holding.is_theirs(person_id) if within is None else and_(within, holding.is_theirs(person_id))
    table = holding.table
    if holding.is_deleted:
        await session.execute(delete(table).where(theirs))
        return
    if holding.hashed:
        await _hash(session, holding, theirs)
    values: dict[str, Any] = {column.name: blank(column) for column in holding.blanked}
    is_news = [column.is_distinct_from(blank(column)) for column in holding.blanked]
    if table.name == Person.__tablename__:
        values["erased_at"] = func.coalesce(Person.erased_at, func.waymark_now())
        is_news.append(Person.erased_at.is_(None))
    if values:
        await session.execute(update(table).where(theirs, or_(*is_news)).values(values))


async def _hash(session: WriteSession, holding: Holding, theirs: ColumnElement[bool]) -> None:
    settings: Settings = session.info[SETTINGS]
    for row in (await session.execute(select(*holding.key, *holding.hashed).where(theirs).with_for_update())).all():
        values = {
            column.name: tombstones.tombstone(settings, column, value)
            for column in holding.hashed
            if (value := row._mapping[column]) is not None and not value.startswith(tombstones.START)
        }
        if values:
            await session.execute(update(holding.table).where(_is(holding, row._mapping)).values(values))


def _is(holding: Holding, row: Any) -> ColumnElement[bool]:
    return and_(*(column == row[column] for column in holding.key))


def blank(column: Column[object]) -> ColumnElement[Any] | None:
    """What a blanked value becomes: what its declaration says, else NULL, else its default, else nothing."""
    if to := column.info.get("erased_to"):
        return text(to)  # type: ignore[return-value]
    if column.nullable:
        return null()
    if column.server_default is not None:
        return cast("ColumnElement[Any]", column.server_default.arg)  # type: ignore[attr-defined]
    if isinstance(column.type, JSONB):
        return text("'{}'")  # type: ignore[return-value]
    return text("'{}'" if isinstance(column.type, ARRAY) else "''")  # type: ignore[return-value]


async def search(database: Database, erasure_id: UUID) -> None:
    """Go through every table that may name the person, a bounded number of rows in a transaction, until none is left.

    Goes on where it stopped. What was searched for is forgotten at the end.
    """
    is_going_on = True
    while is_going_on:
        async with database.begin() as session:
            is_going_on = await search_next(session, erasure_id)


async def search_next(session: WriteSession, erasure_id: UUID) -> bool:
    """Go through the next rows; whether there may be more."""
    row = await session.get_one(PersonErasure, erasure_id, with_for_update=True)
    if row.finished_at is not None:
        return False
    words = Sought(_words(session.info[SETTINGS], row.sought))
    waiting = [holding for holding in holdings() if _needs_search(holding, words)]
    here, place = _place(waiting, row.place)
    if here is None:
        row.finished_at = await session.scalar(select(func.waymark_now()))
        row.sought, row.place = None, None
        return False
    row.place = await _step(session, here, row.person_id, words, place, waiting)
    return True


def _needs_search(holding: Holding, words: Sought) -> bool:
    return _is_scattered(holding) or bool(words.words and holding.searched)


def _is_scattered(holding: Holding) -> bool:
    """Whether rows of a person have something to erase and no index finds them."""
    has_any = holding.is_deleted or bool(holding.blanked or holding.hashed)
    return has_any and holding.whose is not None and not holding.is_indexed


def _place(waiting: list[Holding], place: dict[str, Any] | None) -> tuple[Holding | None, list[str]]:
    """The table that is next, and the key after which; None at the end."""
    if place is None:
        return (waiting[0], []) if waiting else (None, [])
    found = [holding for holding in waiting if holding.table.name == place["table"]]
    return (found[0], place["after"]) if found else (None, [])


async def _step(
    session: WriteSession, holding: Holding, person_id: UUID, words: Sought, place: list[str], waiting: list[Holding]
) -> dict[str, Any]:
    """Erase in the next rows of a table; returns where to go on."""
    after = holding.after(place) if place else None
    last = await _key_after(session, holding, after, ROWS_A_STEP)
    within = and_(true(), *(bound for bound in (after, holding.until(last) if last else None) if bound is not None))
    if _is_scattered(holding):
        await _erase_own(session, holding, person_id, within)
    if words.words and holding.searched:
        await _erase_mentions(session, holding, words, within)
    if last:
        return {"table": holding.table.name, "after": last}
    next_ = [*waiting, None][waiting.index(holding) + 1]
    return {"table": next_.table.name if next_ else "", "after": []}


async def _key_after(
    session: WriteSession, holding: Holding, after: ColumnElement[bool] | None, rows: int
) -> list[str] | None:
    """The key of the row that lies so many rows after another, as texts; None where there are not so many."""
    wanted = select(*holding.key)
    if after is not None:
        wanted = wanted.where(after)
    row = (await session.execute(wanted.order_by(*holding.key).offset(rows - 1).limit(1))).first()
    return None if row is None else [part.isoformat() if hasattr(part, "isoformat") else str(part) for part in row]


async def _erase_mentions(session: WriteSession, holding: Holding, words: Sought, within: ColumnElement[bool]) -> None:
    """Take the person out of rows that are not theirs: nobody's rows lose the whole value, others' what names them."""
    if holding.blanked and holding.nobodys is not None:
        await session.execute(
            update(holding.table)
            .where(within, holding.nobodys, names(holding.blanked, words))
            .values({column.name: blank(column) for column in holding.blanked})
        )
    rows = await session.execute(
        select(*holding.key, *holding.searched).where(within, names(holding.searched, words)).with_for_update()
    )
    for row in rows.all():
        values = {column.name: words.redacted(row._mapping[column]) for column in holding.searched}
        await session.execute(update(holding.table).where(_is(holding, row._mapping)).values(values))


def names(columns: Iterable[Column[object]], words: Sought) -> ColumnElement[bool]:
    """Whether any of the columns names the person."""
    return or_(
        *(
            as_text(column).regexp_match(words.pattern(in_json=isinstance(column.type, JSONB)), flags="i")
            for column in columns
        )
    )
