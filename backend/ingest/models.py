"""Tables of ingestion. Events are partitioned by the month received; owner functions make and drop partitions."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.db.base import (
    Base,
    Code,
    Erasure,
    Id,
    Json,
    Long,
    Personal,
    Prose,
    RecordedAt,
    erased,
    one_of,
)


class Event(Base):
    """Something that happened in an account. `received_at` partitions the table by month."""

    __tablename__ = "events"
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "received_at", "id"),
        Index(None, "account_id", "name", "occurred_at"),
        Index(None, "received_at", postgresql_using="brin"),
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


class ConversationMark(Base):
    """An event of a conversation that was stored and that no ticket follows from yet. Append-only; drained in sets."""

    __tablename__ = "conversation_marks"
    __table_args__ = (PrimaryKeyConstraint("account_id", "received_at", "event_id"),)
    account_id: Mapped[UUID]
    received_at: Mapped[datetime]
    event_id: Mapped[UUID]


class EventKey(Base):
    """One row per message of a source, so that a message sent twice is stored once. Hash-partitioned."""

    __tablename__ = "event_keys"
    __table_args__ = (
        PrimaryKeyConstraint("source_id", "message_id"),
        Index(None, "received_at", postgresql_using="brin"),
        {"postgresql_partition_by": "HASH (source_id, message_id)"},
    )
    source_id: Mapped[UUID]
    message_id: Mapped[Code]
    body_hash: Mapped[bytes] = mapped_column(BYTEA)
    received_at: Mapped[RecordedAt]


class EventMark(Base):
    """An event that was stored and is not counted yet. Append-only; drained in sets."""

    __tablename__ = "event_marks"
    __table_args__ = (
        # A queue: what is emptied thousands of times a minute is vacuumed by its size alone, not by its share.
        {
            "postgresql_with": {
                "autovacuum_vacuum_scale_factor": "0",
                "autovacuum_vacuum_threshold": "20000",
                "autovacuum_analyze_scale_factor": "0",
                "autovacuum_analyze_threshold": "20000",
            }
        },
    )
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    source_id: Mapped[UUID]
    received_at: Mapped[datetime]


class UnresolvedEvent(Base):
    """An event that no account could be told for. It becomes an event when its account is known, within 60 days."""

    __tablename__ = "unresolved_events"
    __table_args__ = (
        Index(None, "source_id", "person_key"),
        Index(None, "person_id"),
        Index(None, "group_key"),
        Index(None, "received_at"),
    )
    id: Mapped[Id]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    message_id: Mapped[Code]
    person_id: Mapped[UUID | None]
    """The person, where the name was known when it came."""
    person_key: Mapped[Personal | None]
    """How the source names the person; anonymous ids begin with `anonymous:`."""
    group_key: Mapped[Code | None]
    """External id of the account, where the event names one."""
    name: Mapped[Code]
    occurred_at: Mapped[datetime]
    received_at: Mapped[RecordedAt]
    properties: Mapped[dict[str, Any]] = mapped_column(
        JSONB, info=erased(Erasure.BLANKED, to="waymark_counted_properties(name, properties)")
    )
    is_trusted: Mapped[bool]
    """It came with the key of a server, so that its person may become an account where people are accounts."""


class PersonTrait(Base):
    """The newest thing that a live source said of a trait of a person, so that an older one loses."""

    __tablename__ = "person_traits"
    __table_args__ = (PrimaryKeyConstraint("person_id", "key"),)
    person_id: Mapped[UUID]
    key: Mapped[Code]
    value: Mapped[Any] = mapped_column(JSONB, info=erased(Erasure.ROW_DELETED))
    said_at: Mapped[datetime]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))


class AccountTrait(Base):
    """The newest thing that a live source said of a trait of an account, so that an older one loses."""

    __tablename__ = "account_traits"
    __table_args__ = (PrimaryKeyConstraint("account_id", "key"),)
    account_id: Mapped[UUID]
    key: Mapped[Code]
    value: Mapped[Any] = mapped_column(JSONB, info=erased(Erasure.REDACTED))
    said_at: Mapped[datetime]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))


class WriteKeyKind(StrEnum):
    """Where a write key is used, and so what it may do."""

    SERVER = "SERVER"
    """Secret: events, and statements about people and accounts."""
    BROWSER = "BROWSER"
    """Public, since every visitor can read it: events alone, from the origins that it names."""


class WriteKey(Base):
    """A key that sends events into a source, and can do nothing else."""

    __tablename__ = "write_keys"
    __table_args__ = (
        one_of("kind", WriteKeyKind),
        CheckConstraint("(kind = 'BROWSER') = (origins <> '{}')", name="origins_of_browsers"),
    )
    id: Mapped[Id]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    name: Mapped[Prose]
    kind: Mapped[Code]
    prefix: Mapped[Code] = mapped_column(unique=True)
    """The first letters of the key, shown in lists and used to find the row."""
    secret_hash: Mapped[bytes] = mapped_column(BYTEA)
    """SHA-256 of the whole key; the key has 256 random bits, so no slow hash is needed."""
    origins: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'"), info=erased(Erasure.NEVER_PERSONAL)
    )
    created_at: Mapped[RecordedAt]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class RejectCode(StrEnum):
    """Why an item is no event."""

    NOT_AN_OBJECT = "NOT_AN_OBJECT"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    MISSING = "MISSING"
    WRONG_TYPE = "WRONG_TYPE"
    TOO_LONG = "TOO_LONG"
    TOO_LARGE = "TOO_LARGE"
    TOO_DEEP = "TOO_DEEP"
    UNSTORABLE = "UNSTORABLE"
    TIME_UNREADABLE = "TIME_UNREADABLE"
    TIME_ABSURD = "TIME_ABSURD"
    CONTRADICTS = "CONTRADICTS"
    NOT_ALLOWED = "NOT_ALLOWED"


class EventReject(Base):
    """An item that was sent and is no event: what it was, and why. Kept for 60 days, and can be taken in again."""

    __tablename__ = "event_rejects"
    __table_args__ = (
        one_of("code", RejectCode),
        UniqueConstraint("source_id", "digest"),
        Index(None, "received_at"),
    )
    id: Mapped[Id]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    write_key_id: Mapped[UUID] = mapped_column(ForeignKey("write_keys.id"))
    code: Mapped[Code]
    field: Mapped[Code]
    reason: Mapped[Code]
    message_id: Mapped[Code | None]
    body: Mapped[Personal]
    """The item as JSON text; of one beyond the limit only the beginning."""
    is_whole: Mapped[bool] = mapped_column(server_default=text("true"))
    digest: Mapped[bytes] = mapped_column(BYTEA)
    """Of body and code: what is sent again and refused again is kept once."""
    sent_at: Mapped[datetime | None]
    received_at: Mapped[RecordedAt]
    replayed_at: Mapped[datetime | None]
    """When it was taken in after all."""


class IngestRule(Base):
    """What the running program says about taking in. One row, written by `waymark program apply` alone."""

    __tablename__ = "ingest_rules"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    person_as_account: Mapped[bool] = mapped_column(server_default=text("false"))
    """A person who belongs to no account is one."""
    trait_names: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    """What `group` calls a trait → the trait of the program."""


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
