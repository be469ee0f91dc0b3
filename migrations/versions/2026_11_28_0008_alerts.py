"""Make the tables of alerts.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_rules",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "in_force_since", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False
        ),
        sa.CheckConstraint("severity in ('INFO', 'WARNING', 'URGENT')", name=op.f("ck_alert_rules_severity_known")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert_rules")),
    )
    op.create_table(
        "alert_holds",
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_alert_holds_account_id")),
        sa.ForeignKeyConstraint(["rule_key"], ["alert_rules.key"], name=op.f("fk_alert_holds_rule_key")),
        sa.PrimaryKeyConstraint("rule_key", "account_id", name=op.f("pk_alert_holds")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'OPEN'"), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snooze_reason", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("is_useful", sa.Boolean(), nullable=True),
        sa.Column("judged_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'RESOLVED') = (resolved_at is not null)", name=op.f("ck_alerts_resolved_at_an_instant")
        ),
        sa.CheckConstraint(
            "(state = 'SNOOZED') = (snoozed_until is not null)", name=op.f("ck_alerts_snoozed_until_an_instant")
        ),
        sa.CheckConstraint(
            "resolution in ('RECOVERED', 'BY_STAFF', 'RULE_RETIRED')", name=op.f("ck_alerts_resolution_known")
        ),
        sa.CheckConstraint("severity in ('INFO', 'WARNING', 'URGENT')", name=op.f("ck_alerts_severity_known")),
        sa.CheckConstraint(
            "state in ('OPEN', 'ACKNOWLEDGED', 'SNOOZED', 'RESOLVED')", name=op.f("ck_alerts_state_known")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_alerts_account_id")),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["persons.id"], name=op.f("fk_alerts_acknowledged_by")),
        sa.ForeignKeyConstraint(["judged_by"], ["persons.id"], name=op.f("fk_alerts_judged_by")),
        sa.ForeignKeyConstraint(["resolved_by"], ["persons.id"], name=op.f("fk_alerts_resolved_by")),
        sa.ForeignKeyConstraint(["rule_key"], ["alert_rules.key"], name=op.f("fk_alerts_rule_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        op.f("ix_alerts_account_id_opened_at_id"), "alerts", ["account_id", "opened_at", "id"], unique=False
    )
    op.create_index(
        "ix_alerts_open", "alerts", ["opened_at", "id"], unique=False, postgresql_where=sa.text("state <> 'RESOLVED'")
    )
    op.create_index(op.f("ix_alerts_rule_key_opened_at"), "alerts", ["rule_key", "opened_at"], unique=False)
    op.create_index(
        "ix_alerts_snoozed", "alerts", ["snoozed_until"], unique=False, postgresql_where=sa.text("state = 'SNOOZED'")
    )
    op.create_index(
        "uq_alerts_one_open",
        "alerts",
        ["account_id", "rule_key"],
        unique=True,
        postgresql_where=sa.text("state <> 'RESOLVED'"),
    )
    op.create_table(
        "alert_occurrences",
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("occurrence_id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_alert_occurrences_alert_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rule_key"], ["alert_rules.key"], name=op.f("fk_alert_occurrences_rule_key")),
        sa.PrimaryKeyConstraint("rule_key", "occurrence_id", name=op.f("pk_alert_occurrences")),
    )
    op.create_index(
        op.f("ix_alert_occurrences_alert_id_occurred_at"),
        "alert_occurrences",
        ["alert_id", "occurred_at"],
        unique=False,
    )


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first release; restore a backup instead.")
