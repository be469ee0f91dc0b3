"""Make the table of mail.

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
            "(content is not null) = (state in ('QUEUED', 'KEPT'))", name=op.f("ck_mails_content_goes_when_settled")
        ),
        sa.CheckConstraint("(settled_at is null) = (state = 'QUEUED')", name=op.f("ck_mails_settled_at_an_instant")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_mails_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mails_message_id")),
    )
    op.create_index(op.f("ix_mails_person_id"), "mails", ["person_id"])
    op.create_index(op.f("ix_mails_created_at"), "mails", ["created_at"])


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first release; restore a backup instead.")
