"""Make the tables of notifications and their delivery.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

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
        sa.Column("facts", postgresql.JSONB(), nullable=True),
        sa.Column("in_app", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("mail", sa.Text(), server_default=sa.text("'OFF'"), nullable=False),
        sa.Column("mailed_at", AT, nullable=True),
        sa.Column("created_at", AT, server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("read_at", AT, nullable=True),
        sa.CheckConstraint(
            "matter in ('URGENT_ALERT', 'ALERT', 'ALERT_REOPENED', 'ALERT_RESOLVED', 'TASK_ASSIGNED',"
            " 'PAYMENT_FAILED', 'LIMIT_REACHED', 'LIMIT_NEAR', 'STANDING_CHANGED', 'TEAMMATE_JOINED')",
            name=op.f("ck_notifications_matter_known"),
        ),
        sa.CheckConstraint("mail in ('AT_ONCE', 'DAILY', 'OFF')", name=op.f("ck_notifications_mail_known")),
        sa.CheckConstraint("num_nonnulls(alert_id, task_id, facts) = 1", name=op.f("ck_notifications_about_one_thing")),
        sa.CheckConstraint(
            "facts is null or account_id is not null", name=op.f("ck_notifications_members_are_told_of_an_account")
        ),
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
    op.create_index(
        "ix_notifications_to_mail",
        "notifications",
        ["person_id"],
        postgresql_where=sa.text("mail = 'DAILY' and mailed_at is null"),
    )
    op.create_table(
        "notification_preferences",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "matter in ('URGENT_ALERT', 'ALERT', 'ALERT_REOPENED', 'ALERT_RESOLVED', 'TASK_ASSIGNED',"
            " 'PAYMENT_FAILED', 'LIMIT_REACHED', 'LIMIT_NEAR', 'STANDING_CHANGED', 'TEAMMATE_JOINED')",
            name=op.f("ck_notification_preferences_matter_known"),
        ),
        sa.CheckConstraint("mail in ('AT_ONCE', 'DAILY', 'OFF')", name=op.f("ck_notification_preferences_mail_known")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_notification_preferences_person_id")),
        sa.PrimaryKeyConstraint("person_id", "matter", name=op.f("pk_notification_preferences")),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("url", postgresql.BYTEA(), nullable=True),
        sa.Column("secret", postgresql.BYTEA(), nullable=True),
        sa.Column("former_secret", postgresql.BYTEA(), nullable=True),
        sa.Column("former_secret_until", AT, nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("form", sa.Text(), server_default=sa.text("'STANDARD'"), nullable=False),
        sa.Column("failing_since", AT, nullable=True),
        sa.Column("paused_at", AT, nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("removed_at", AT, nullable=True),
        sa.Column("created_at", AT, server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint("form in ('STANDARD', 'SLACK')", name=op.f("ck_webhook_endpoints_form_known")),
        sa.CheckConstraint("pause_reason in ('FAILING', 'GONE')", name=op.f("ck_webhook_endpoints_pause_reason_known")),
        sa.CheckConstraint(
            "(paused_at is null) = (pause_reason is null)", name=op.f("ck_webhook_endpoints_pause_has_a_reason")
        ),
        sa.CheckConstraint(
            "(removed_at is not null) = (url is null) and (url is null) = (secret is null)",
            name=op.f("ck_webhook_endpoints_removed_stays_empty"),
        ),
        sa.CheckConstraint(
            "(former_secret is null) = (former_secret_until is null)",
            name=op.f("ck_webhook_endpoints_former_secret_ends"),
        ),
        sa.CheckConstraint("length(name) between 1 and 200", name=op.f("ck_webhook_endpoints_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("work_item_id", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("response_code", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("attempted_at", AT, nullable=True),
        sa.Column("delivered_at", AT, nullable=True),
        sa.Column("created_at", AT, server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "state in ('PENDING', 'HELD', 'DELIVERED', 'DROPPED')", name=op.f("ck_webhook_deliveries_state_known")
        ),
        sa.CheckConstraint(
            "failure in ('STATUS', 'TIMEOUT', 'UNREACHABLE', 'FORBIDDEN_ADDRESS')",
            name=op.f("ck_webhook_deliveries_failure_known"),
        ),
        sa.CheckConstraint(
            "(state = 'DELIVERED') = (delivered_at is not null)",
            name=op.f("ck_webhook_deliveries_delivered_at_an_instant"),
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_deliveries_endpoint_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["domain_events.id"], name=op.f("fk_webhook_deliveries_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("endpoint_id", "event_id", name=op.f("uq_webhook_deliveries_endpoint_id_event_id")),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_endpoint_id_created_at_id"),
        "webhook_deliveries",
        ["endpoint_id", "created_at", "id"],
    )
    op.create_index(op.f("ix_webhook_deliveries_created_at_id"), "webhook_deliveries", ["created_at", "id"])


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first release; restore a backup instead.")
