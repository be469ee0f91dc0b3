"""The table of erasures."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Erasure, Id, RecordedAt, erased


class PersonErasure(Base):
    """That a person was erased, and how far the search of all tables has come."""

    __tablename__ = "person_erasures"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), unique=True)
    begun_at: Mapped[RecordedAt]
    finished_at: Mapped[datetime | None]
    sought: Mapped[bytes | None] = mapped_column(BYTEA)
    """What is searched for, sealed under WAYMARK_SECRET, and only until the search is finished."""
    place: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info=erased(Erasure.NEVER_PERSONAL))
    """The table and key up to which the search has come."""
