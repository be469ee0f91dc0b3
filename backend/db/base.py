"""Declarative base, naming convention, and the column types that every table uses.

Columns that are filtered, ordered or joined on are text, uuid, int, bigint, float8, date or timestamptz: only the
operators of those types may use an index under a row security policy (they are leakproof).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Float, Integer, MetaData, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from backend.db.ids import uuid7


class Erasure(StrEnum):
    """How the personal data that a text or JSON column may hold goes when a person is erased (`backend/erasure/`)."""

    NEVER_PERSONAL = "never personal"
    BLANKED = "blanked"
    """The whole value goes: in the person's own rows, and in every other row whose value names them."""
    REDACTED = "redacted"
    """Others' words, which may name a person: what names them is replaced, the rest stays."""
    HASHED = "hashed"
    """A name by which sources know them: a keyed hash stays, by which they are recognised and never brought back."""
    ROW_DELETED = "row deleted"
    """The person's row goes."""


def erased(how: Erasure, *, to: str = "") -> dict[str, Any]:
    """Column or table `info` that declares the erasure. `to` is the SQL of what a blanked value becomes, where that is
    not NULL or else the column's default.
    """
    return {"erasure": how, "erased_to": to} if to else {"erasure": how}


Id = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=uuid7, server_default=text("uuidv7()"))]
Code = Annotated[str, mapped_column(Text, info=erased(Erasure.NEVER_PERSONAL))]
"""Text that never holds personal data: keys, states, program words."""
Personal = Annotated[str, mapped_column(Text, info=erased(Erasure.BLANKED))]
"""Text about a person, blanked when the person is erased."""
Prose = Annotated[str, mapped_column(Text, info=erased(Erasure.REDACTED))]
"""Others' text that may name a person; what names them is replaced when they are erased."""
Identifier = Annotated[str, mapped_column(Text, info=erased(Erasure.HASHED))]
"""What a source or a person themselves would name the person by; a keyed hash is left when they are erased."""
Secret = Annotated[str, mapped_column(Text, info=erased(Erasure.ROW_DELETED))]
"""Text that is shown to nobody and whose whole row goes when the person is erased."""
Long = Annotated[int, mapped_column(BigInteger)]
Json = Annotated[dict[str, Any], mapped_column(JSONB, info=erased(Erasure.NEVER_PERSONAL))]
PersonalJson = Annotated[dict[str, Any], mapped_column(JSONB, info=erased(Erasure.BLANKED))]
ProseJson = Annotated[dict[str, Any], mapped_column(JSONB, info=erased(Erasure.REDACTED))]
RecordedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.waymark_now())]
"""When the row was inserted, by the one clock."""


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: Text,
        int: Integer,
        float: Float(53),
        date: Date,
        datetime: DateTime(timezone=True),
        UUID: Uuid,
    }


def one_of(column: str, states: type[StrEnum]) -> CheckConstraint:
    """CHECK that a state column holds one of the words of an enum."""
    words = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} in ({words})", name=f"{column}_known")
