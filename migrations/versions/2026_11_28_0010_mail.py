"""Make the tables of mail, sent and received.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'QUEUED'"), nullable=False),
        sa.Column("content", postgresql.BYTEA(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reply_code", sa.Integer(), nullable=True),
        sa.Column("send_before", AT, nullable=True),
        sa.Column("created_at", AT, server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("settled_at", AT, nullable=True),
        sa.CheckConstraint(
            "state in ('QUEUED', 'SENT', 'KEPT', 'REFUSED', 'EXPIRED')", name=op.f("ck_mails_state_known")
        ),
        sa.CheckConstraint(
            "(content is not null) = (state in ('QUEUED', 'KEPT')) or state = 'REFUSED'",
            name=op.f("ck_mails_content_goes_when_settled"),
        ),
        sa.CheckConstraint("(settled_at is null) = (state = 'QUEUED')", name=op.f("ck_mails_settled_at_an_instant")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_mails_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mails_message_id")),
    )
    op.create_index(op.f("ix_mails_person_id"), "mails", ["person_id"])
    op.create_index(op.f("ix_mails_created_at"), "mails", ["created_at"])
    op.create_table(
        "inbound_mails",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("message_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'RECEIVED'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("content", postgresql.BYTEA(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("recipients", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("occurred_at", AT, nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("touchpoint_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", AT, server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("settled_at", AT, nullable=True),
        sa.CheckConstraint(
            "state in ('RECEIVED', 'LOGGED', 'REJECTED', 'IGNORED', 'DISMISSED')",
            name=op.f("ck_inbound_mails_state_known"),
        ),
        sa.CheckConstraint(
            "reason in ('UNKNOWN_SENDER', 'NO_ACCOUNT', 'AMBIGUOUS', 'UNVERIFIED', 'EMPTY', 'UNREADABLE', 'AUTOMATIC')",
            name=op.f("ck_inbound_mails_reason_known"),
        ),
        sa.CheckConstraint(
            "(content is not null) <= (state in ('RECEIVED', 'REJECTED'))",
            name=op.f("ck_inbound_mails_content_goes_when_settled"),
        ),
        sa.CheckConstraint(
            "(touchpoint_id is not null) = (state = 'LOGGED')", name=op.f("ck_inbound_mails_logged_as_a_touchpoint")
        ),
        sa.CheckConstraint("octet_length(message_hash) = 32", name=op.f("ck_inbound_mails_hash_length")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_inbound_mails_person_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_inbound_mails_account_id")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoints.id"], name=op.f("fk_inbound_mails_touchpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mails")),
        sa.UniqueConstraint("message_hash", name=op.f("uq_inbound_mails_message_hash")),
    )
    for columns in (["person_id"], ["account_id"], ["touchpoint_id"], ["state", "received_at", "id"]):
        op.create_index(op.f(f"ix_inbound_mails_{'_'.join(columns)}"), "inbound_mails", columns)


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first release; restore a backup instead.")
