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
        "saved_views",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("filter", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ordering", postgresql.JSONB(astext_type=sa.Text(), none_as_null=True), nullable=True),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(name) between 1 and 100", name=op.f("ck_saved_views_name_length")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_saved_views_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(op.f("ix_saved_views_owner_id_name_id"), "saved_views", ["owner_id", "name", "id"])
    op.create_index(
        "ix_saved_views_shared",
        "saved_views",
        ["name", "id"],
        postgresql_where=sa.text("is_shared and deleted_at is null"),
    )
    op.create_table(
        "default_views",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_default_views_staff_id")),
        sa.ForeignKeyConstraint(
            ["view_id"], ["saved_views.id"], name=op.f("fk_default_views_view_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_default_views")),
    )
    op.create_index(op.f("ix_default_views_view_id"), "default_views", ["view_id"])
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
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_touchpoints_account_id")),
        sa.ForeignKeyConstraint(["logged_by"], ["staff.id"], name=op.f("fk_touchpoints_logged_by")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_touchpoints_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoints")),
    )
    op.create_index(
        op.f("ix_touchpoints_account_id_occurred_at_id"), "touchpoints", ["account_id", "occurred_at", "id"]
    )
    op.create_index(op.f("ix_touchpoints_person_id"), "touchpoints", ["person_id"])
    op.create_table(
        "owner_roles",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_owner_roles")),
    )
    op.create_table(
        "traits",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("choices", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "kind in ('TEXT', 'NUMBER', 'BOOLEAN', 'DATE', 'CHOICE')", name=op.f("ck_traits_kind_known")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_traits")),
    )
    op.create_table(
        "account_owners",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role_key", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_owners_account_id")),
        sa.ForeignKeyConstraint(["role_key"], ["owner_roles.key"], name=op.f("fk_account_owners_role_key")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_account_owners_staff_id")),
        sa.PrimaryKeyConstraint("account_id", "role_key", name=op.f("pk_account_owners")),
    )
    op.create_index(op.f("ix_account_owners_staff_id"), "account_owners", ["staff_id"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(body) between 1 and 10000", name=op.f("ck_notes_body_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_notes_account_id")),
        sa.ForeignKeyConstraint(["written_by"], ["staff.id"], name=op.f("fk_notes_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(
        op.f("ix_notes_account_id_created_at_id"), "notes", ["account_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_notes_deleted", "notes", ["deleted_at"], unique=False, postgresql_where=sa.text("deleted_at is not null")
    )
    op.create_table(
        "pulses",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mood", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("mood in ('GREEN', 'YELLOW', 'RED')", name=op.f("ck_pulses_mood_known")),
        sa.CheckConstraint("length(reason) between 1 and 2000", name=op.f("ck_pulses_reason_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_pulses_account_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_pulses_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulses")),
    )
    op.create_index(
        op.f("ix_pulses_account_id_created_at_id"), "pulses", ["account_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'OPEN'"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint("(state = 'OPEN') = (closed_at is null)", name=op.f("ck_tasks_closed_has_a_time")),
        sa.CheckConstraint("state in ('OPEN', 'DONE', 'CANCELLED')", name=op.f("ck_tasks_state_known")),
        sa.CheckConstraint("length(body) between 1 and 10000", name=op.f("ck_tasks_body_length")),
        sa.CheckConstraint("length(title) between 1 and 200", name=op.f("ck_tasks_title_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tasks_account_id")),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_tasks_assignee_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_tasks_closed_by")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_tasks_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_account_id_id"), "tasks", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["assignee_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_index(
        "ix_tasks_open_by_day",
        "tasks",
        [sa.text("coalesce(due_on, '9999-12-31'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("state = 'OPEN'"),
    )


def downgrade() -> None:
    for table in ("tasks", "pulses", "notes", "account_owners", "traits", "owner_roles"):
        op.drop_table(table)
    op.drop_table("touchpoints")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_audit_entries_actor_person_id_id"), table_name="audit_entries")
    op.drop_column("audit_entries", "actor_key_id")
    op.alter_column("account_internals", "last_touch_at", server_default=sa.text("waymark_now()"))
