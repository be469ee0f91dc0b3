"""Make the tables of daily work: owners, tags, traits, touchpoints, pulses, notes, tasks.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing has written it but its default, which was the account's own age.
    op.alter_column("account_internals", "last_touch_at", server_default=None)
    op.execute("update account_internals set last_touch_at = null")
    op.add_column("audit_entries", sa.Column("actor_key_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_audit_entries_actor_person_id_id"), "audit_entries", ["actor_person_id", "id"])
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("key_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("body_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "octet_length(key_hash) = 32 and octet_length(body_hash) = 32", name=op.f("ck_idempotency_keys_hashes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint(
            "holder_id",
            "account_id",
            "operation",
            "key_hash",
            name=op.f("uq_idempotency_keys_holder_id_account_id_operation_key_hash"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "touchpoints",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("logged_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "kind in ('CALL', 'MEETING', 'EMAIL', 'CHAT', 'OTHER')", name=op.f("ck_touchpoints_kind_known")
        ),
        sa.CheckConstraint("length(summary) between 1 and 10000", name=op.f("ck_touchpoints_summary_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_touchpoints_account_id_accounts")),
        sa.ForeignKeyConstraint(["logged_by"], ["staff.id"], name=op.f("fk_touchpoints_logged_by_staff")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_touchpoints_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoints")),
    )
    op.create_index(
        op.f("ix_touchpoints_account_id_occurred_at_id"), "touchpoints", ["account_id", "occurred_at", "id"]
    )
    op.create_index(op.f("ix_touchpoints_person_id"), "touchpoints", ["person_id"])


def downgrade() -> None:
    op.drop_table("touchpoints")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_audit_entries_actor_person_id_id"), table_name="audit_entries")
    op.drop_column("audit_entries", "actor_key_id")
    op.alter_column("account_internals", "last_touch_at", server_default=sa.text("waymark_now()"))
