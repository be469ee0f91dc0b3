"""Tables of ingestion. Events are partitioned by the month received; owner functions make and drop partitions."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Erasure, Id, Json, Long, Personal, Prose, RecordedAt, erased, one_of


class Event(Base):
    """Something that happened in an account. `received_at` partitions the table by month."""

    __tablename__ = "events"
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "received_at", "id"),
        Index(None, "account_id", "name", "occurred_at"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )
    account_id: Mapped[UUID]
    received_at: Mapped[RecordedAt]
    """When Waymark recorded it; partitions by month."""
    id: Mapped[UUID] = mapped_column(server_default=text("uuidv7()"))
    source_id: Mapped[UUID]
    message_id: Mapped[Code]
    person_id: Mapped[UUID | None]
    name: Mapped[Code]
    occurred_at: Mapped[datetime]
    known_at: Mapped[datetime]
    properties: Mapped[dict[str, Any]] = mapped_column(
        JSONB,
        server_default=text("'{}'"),
        info=erased(Erasure.BLANKED, to="waymark_counted_properties(name, properties)"),
    )


class EventKey(Base):
    """One row per message of a source, so that a message sent twice is stored once. Hash-partitioned."""

    __tablename__ = "event_keys"
    __table_args__ = (
        PrimaryKeyConstraint("source_id", "message_id"),
        Index(None, "received_at"),
        {"postgresql_partition_by": "HASH (source_id, message_id)"},
    )
    source_id: Mapped[UUID]
    message_id: Mapped[Code]
    body_hash: Mapped[bytes] = mapped_column(BYTEA)
    received_at: Mapped[RecordedAt]


class EventMapping(Base):
    """An event counts in a metric. Rows are written by `waymark program apply` alone."""

    __tablename__ = "event_mappings"
    __table_args__ = (PrimaryKeyConstraint("event_name", "metric_id"),)
    event_name: Mapped[Code]
    metric_id: Mapped[int]
    amount_property: Mapped[Code | None]
    """Property that holds the amount, in units of the metric; empty: each event counts one."""
    counts_as_active: Mapped[bool] = mapped_column(server_default=text("true"))
    """The event's person was active in the metric that day."""


class ImportState(StrEnum):
    """Where an import stands."""

    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"


class Import(Base):
    """One file that was imported, with what was taken and what was refused."""

    __tablename__ = "imports"
    __table_args__ = (one_of("state", ImportState), Index(None, "source_id", "id"))
    id: Mapped[Id]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    kind: Mapped[Code]
    """accounts, members, subscriptions, events, usage, invoices or tickets."""
    file_name: Mapped[Prose]
    file_hash: Mapped[bytes] = mapped_column(BYTEA)
    mapping: Mapped[Json]
    state: Mapped[Code]
    rows_read: Mapped[Long] = mapped_column(server_default=text("0"))
    rows_taken: Mapped[Long] = mapped_column(server_default=text("0"))
    rows_unchanged: Mapped[Long] = mapped_column(server_default=text("0"))
    rows_rejected: Mapped[Long] = mapped_column(server_default=text("0"))
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    error: Mapped[Personal | None]
    started_at: Mapped[RecordedAt]
    finished_at: Mapped[datetime | None]


class ImportReject(Base):
    """A row that was refused: line, field and reason. At most 10,000 an import are kept here; the file has all."""

    __tablename__ = "import_rejects"
    __table_args__ = (PrimaryKeyConstraint("import_id", "line", "field"),)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"))
    line: Mapped[Long]
    field: Mapped[Code]
    reason: Mapped[Personal]
    row: Mapped[dict[str, Any]] = mapped_column(JSONB, info=erased(Erasure.BLANKED))
