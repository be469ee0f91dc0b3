"""Where personal data stand, by what the columns of all tables declare: a new table is covered by being declared.

A row is a person's when it says so: it has `person_id`, or refers to a row of theirs by a column that bears the table's
name (`member_id` → `members`, `session_id` → `sessions`). Other references (`set_by`, `created_by`, `author_id`) tell
who acted, not whom the row is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    Text,
    UniqueConstraint,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.sql.elements import Tuple

from backend.db.base import Erasure
from backend.tables import metadata

Whose = Callable[[UUID], ColumnElement[bool]]


@dataclass(frozen=True)
class Holding:
    """What one table may hold about a person."""

    table: Table
    whose: Whose | None
    """Which rows are those of a person; None where rows belong to nobody."""
    nobodys: ColumnElement[bool] | None
    """Which rows belong to nobody; None where every row belongs to somebody."""
    is_indexed: bool
    """The person's rows are found by an index."""
    is_deleted: bool
    """The person's rows go as a whole."""
    blanked: tuple[Column[object], ...]
    redacted: tuple[Column[object], ...]
    hashed: tuple[Column[str], ...]

    @property
    def key(self) -> list[Column[object]]:
        """The primary key."""
        return list(self.table.primary_key)

    @property
    def searched(self) -> tuple[Column[object], ...]:
        """The columns of any row that may name a person. Another person of the same name is nobody's mention."""
        if self.is_deleted or self.table.name == "persons":
            return ()
        return (*self.blanked, *self.redacted)

    def is_theirs(self, person_id: UUID) -> ColumnElement[bool]:
        """Which rows are those of this person."""
        if self.whose is None:
            return false()
        return self.whose(person_id)

    def after(self, place: Sequence[str]) -> ColumnElement[bool]:
        """The rows after a key, whose parts are written as texts."""
        return tuple_(*self.key) > _written(self.key, place)

    def until(self, place: Sequence[str]) -> ColumnElement[bool]:
        """The rows up to a key."""
        return tuple_(*self.key) <= _written(self.key, place)


def _written(key: Sequence[Column[object]], place: Sequence[str]) -> Tuple:
    return tuple_(*(cast(literal(text, Text), column.type) for text, column in zip(place, key, strict=True)))


@lru_cache(maxsize=1)
def holdings() -> tuple[Holding, ...]:
    """Every table that holds anything of persons, each before the tables that it refers to."""
    found: dict[str, Holding] = {}
    for table in metadata.sorted_tables:
        paths = _paths(table, found)
        declared = {
            how: tuple(column for column in table.columns if column.info.get("erasure") is how) for how in Erasure
        }
        holding = Holding(
            table,
            _any(paths),
            _nobodys(list(paths)),
            all(_is_leading(column) for column in paths),
            is_deleted=bool(declared[Erasure.ROW_DELETED]) or table.info.get("erasure") is Erasure.ROW_DELETED,
            blanked=declared[Erasure.BLANKED],
            redacted=declared[Erasure.REDACTED],
            hashed=declared[Erasure.HASHED],
        )
        if paths or holding.searched:
            found[table.name] = holding
    return tuple(reversed(found.values()))


def _paths(table: Table, found: dict[str, Holding]) -> dict[Column[object], Whose]:
    """By which columns a row is somebody's."""
    if table.name == "persons":
        return {table.c.id: partial(_is, table.c.id)}
    paths: dict[Column[object], Whose] = {}
    for column in table.columns:
        if column.name == "person_id":
            paths[column] = partial(_is, column)
            continue
        for reference in column.foreign_keys:
            owner = found.get(reference.column.table.name)
            if owner is not None and owner.whose is not None and column.name == f"{_singular(owner.table.name)}_id":
                paths[column] = partial(_refers, column, reference.column, owner.whose)
    return paths


def _is(column: Column[object], person_id: UUID) -> ColumnElement[bool]:
    return column == person_id


def _refers(column: Column[object], referred: Column[object], whose: Whose, person_id: UUID) -> ColumnElement[bool]:
    return column.in_(select(referred).where(whose(person_id)))


def _any(paths: dict[Column[object], Whose]) -> Whose | None:
    if not paths:
        return None
    return lambda person_id: or_(*(whose(person_id) for whose in paths.values()))


def _nobodys(owners: Sequence[Column[object]]) -> ColumnElement[bool] | None:
    if not all(owner.nullable for owner in owners):
        return None
    return and_(true(), *(owner.is_(None) for owner in owners))


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name.removesuffix("ies") + "y"
    return name.removesuffix("s")


def _is_leading(column: Column[object]) -> bool:
    """Whether an index over all rows begins with the column."""
    table = column.table
    leads = [list(table.primary_key.columns)]
    leads += [list(index.columns) for index in table.indexes if index.dialect_options["postgresql"]["where"] is None]
    leads += [list(made.columns) for made in table.constraints if isinstance(made, UniqueConstraint)]
    return any(columns and columns[0] is column for columns in leads)


def as_text(column: Column[object]) -> ColumnElement[str]:
    """A column of any declared type as one text in which names and addresses stand as written."""
    if isinstance(column.type, ARRAY):
        return func.array_to_string(column, "\n")
    if isinstance(column.type, JSONB):
        return func.regexp_replace(cast(column, Text), r"\\[nrtbf]", " ", "g")
    return column  # type: ignore[return-value]


def is_shown(column: Column[object]) -> bool:
    """Whether an export shows the column: everything but secrets, hashes and signatures."""
    return column.info.get("erasure") is not Erasure.ROW_DELETED and not isinstance(column.type, BYTEA)
