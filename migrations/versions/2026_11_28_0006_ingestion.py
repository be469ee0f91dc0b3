"""Make the tables of ingestion over HTTP.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_marks",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_account_marks")),
        postgresql_with={"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "20000"},
    )
    op.create_table(
        "event_marks",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_marks")),
        postgresql_with={
            "autovacuum_vacuum_scale_factor": "0",
            "autovacuum_vacuum_threshold": "20000",
            "autovacuum_analyze_scale_factor": "0",
            "autovacuum_analyze_threshold": "20000",
        },
    )
    op.create_table(
        "ingest_rules",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("person_as_account", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "trait_names", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_ingest_rules_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_rules")),
    )
    op.create_table(
        "unresolved_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_key", sa.Text(), nullable=True),
        sa.Column("group_key", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("properties", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_trusted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_unresolved_events_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unresolved_events")),
    )
    op.create_index(op.f("ix_unresolved_events_group_key"), "unresolved_events", ["group_key"], unique=False)
    op.create_index(op.f("ix_unresolved_events_person_id"), "unresolved_events", ["person_id"], unique=False)
    op.create_index(op.f("ix_unresolved_events_received_at"), "unresolved_events", ["received_at"], unique=False)
    op.create_index(
        op.f("ix_unresolved_events_source_id_person_key"),
        "unresolved_events",
        ["source_id", "person_key"],
        unique=False,
    )
    op.create_table(
        "person_traits",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_person_traits_source_id")),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_person_traits")),
    )
    op.create_table(
        "account_traits",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_account_traits_source_id")),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_account_traits")),
    )
    op.create_table(
        "write_keys",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("secret_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("origins", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'BROWSER') = (origins <> '{}')", name=op.f("ck_write_keys_origins_of_browsers")),
        sa.CheckConstraint("kind in ('SERVER', 'BROWSER')", name=op.f("ck_write_keys_kind_known")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_write_keys_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_write_keys_prefix")),
    )
    op.create_table(
        "event_rejects",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("write_key_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("digest", postgresql.BYTEA(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "code in ('NOT_AN_OBJECT', 'UNKNOWN_TYPE', 'MISSING', 'WRONG_TYPE', 'TOO_LONG', "
            "'TOO_LARGE', 'TOO_DEEP', 'UNSTORABLE', 'TIME_UNREADABLE', 'TIME_ABSURD', 'CONTRADICTS', 'NOT_ALLOWED')",
            name=op.f("ck_event_rejects_code_known"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_event_rejects_source_id")),
        sa.ForeignKeyConstraint(["write_key_id"], ["write_keys.id"], name=op.f("fk_event_rejects_write_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_rejects")),
        sa.UniqueConstraint("source_id", "digest", name=op.f("uq_event_rejects_source_id_digest")),
    )
    op.create_index(op.f("ix_event_rejects_received_at"), "event_rejects", ["received_at"], unique=False)
    op.create_index(op.f("ix_events_received_at"), "events", ["received_at"], unique=False, postgresql_using="brin")
    # Rows come in the order of time, so that a few block ranges say as much as a tree, at next to no price an insert.
    op.drop_index(op.f("ix_event_keys_received_at"), table_name="event_keys")
    op.create_index(
        op.f("ix_event_keys_received_at"), "event_keys", ["received_at"], unique=False, postgresql_using="brin"
    )


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first release; restore a backup instead.")
