"""Tables of applications."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.db.base import Base, Code, Erasure, Id, RecordedAt, erased, one_of

PORTAL = UUID("00000000-0000-7000-8000-000000000001")
"""Waymark's own portal, which the migration makes; callers who sign in by its cookie come through it."""


class DocumentPolicy(StrEnum):
    """Which documents an application may send."""

    ANY = "ANY"
    REGISTERED = "REGISTERED"


class Application(Base):
    """A front end that somebody builds."""

    __tablename__ = "applications"
    __table_args__ = (one_of("document_policy", DocumentPolicy), UniqueConstraint("name"))
    id: Mapped[Id]
    name: Mapped[Code]
    origins: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'"), info=erased(Erasure.NEVER_PERSONAL)
    )
    """Where its pages come from, such as https://success.example.com; browsers elsewhere are refused."""
    document_policy: Mapped[Code] = mapped_column(server_default=text("'ANY'"))
    points_per_second: Mapped[int] = mapped_column(server_default=text("1000"))
    """What all its callers together may spend, beside what each credential may."""
    created_at: Mapped[RecordedAt]
    removed_at: Mapped[datetime | None]


class RegisteredDocument(Base):
    """A document that an application may send by its hash."""

    __tablename__ = "registered_documents"
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    sha256: Mapped[Code] = mapped_column(primary_key=True)
    """In lower-case hexadecimal."""
    text: Mapped[Code]
    released_at: Mapped[RecordedAt]
    retired_at: Mapped[datetime | None]
    """When a release came without it; it holds for some days more."""
