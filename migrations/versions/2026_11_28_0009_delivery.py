"""Make the tables of notifications and their delivery.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("alert_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", AT, server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("read_at", AT, nullable=True),
        sa.CheckConstraint(
            "matter in ('URGENT_ALERT', 'ALERT', 'ALERT_REOPENED', 'ALERT_RESOLVED', 'TASK_ASSIGNED')",
            name=op.f("ck_notifications_matter_known"),
        ),
        sa.CheckConstraint("num_nonnulls(alert_id, task_id) = 1", name=op.f("ck_notifications_about_one_thing")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_notifications_person_id")),
        sa.ForeignKeyConstraint(["event_id"], ["domain_events.id"], name=op.f("fk_notifications_event_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_notifications_account_id")),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_notifications_alert_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_notifications_task_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("person_id", "event_id", name=op.f("uq_notifications_person_id_event_id")),
    )
    op.create_index(
        op.f("ix_notifications_person_id_created_at_id"), "notifications", ["person_id", "created_at", "id"]
    )
    op.create_index(
        "ix_notifications_unread", "notifications", ["person_id"], postgresql_where=sa.text("read_at is null")
    )
    op.create_index(op.f("ix_notifications_created_at"), "notifications", ["created_at"])


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first release; restore a backup instead.")
