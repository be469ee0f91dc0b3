"""Make the tables of sessions, mailed links and second factors.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
NOW = sa.text("waymark_now()")
METHODS = "'PASSWORD', 'LINK', 'OIDC', 'VOUCHED', 'SET_UP'"
ENDS = "'SIGNED_OUT', 'REVOKED', 'REPLAYED', 'PASSWORD_CHANGED', 'TWO_FACTOR_CHANGED', 'TOO_MANY', 'SWITCHED'"


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("network_address", sa.Text(), nullable=True),
        sa.Column("generation", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", AT, server_default=NOW, nullable=False),
        sa.Column("refreshed_at", AT, server_default=NOW, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(f"how in ({METHODS})", name=op.f("ck_sessions_how_known")),
        sa.CheckConstraint(f"end_reason in ({ENDS})", name=op.f("ck_sessions_end_reason_known")),
        sa.CheckConstraint("(ended_at is null) = (end_reason is null)", name=op.f("ck_sessions_end_has_a_reason")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_sessions_person_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_person_id_created_at"), "sessions", ["person_id", "created_at"])
    op.create_table(
        "links",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", AT, server_default=NOW, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("used_at", AT, nullable=True),
        sa.CheckConstraint("purpose in ('SIGN_IN', 'INVITATION', 'SET_UP')", name=op.f("ck_links_purpose_known")),
        sa.CheckConstraint(
            "num_nonnulls(email, person_id) = case purpose when 'SET_UP' then 0 else 1 end",
            name=op.f("ck_links_asked_for_or_somebodys"),
        ),
        sa.CheckConstraint(
            "(purpose = 'INVITATION') = (account_id is not null)", name=op.f("ck_links_invitations_name_an_account")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_links_person_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_links_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_person_id"), "links", ["person_id"])
    op.create_table(
        "second_factors",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret", postgresql.BYTEA(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", AT, server_default=NOW, nullable=False),
        sa.Column("enabled_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_second_factors_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_recovery_codes_person_id")),
        sa.PrimaryKeyConstraint("person_id", "hash", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "sign_in_challenges",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("created_at", AT, server_default=NOW, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.CheckConstraint(f"how in ({METHODS})", name=op.f("ck_sign_in_challenges_how_known")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_sign_in_challenges_person_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_in_challenges_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_challenges")),
    )
    op.create_index(op.f("ix_sign_in_challenges_person_id"), "sign_in_challenges", ["person_id"])
    op.create_index(op.f("ix_sign_in_challenges_expires_at"), "sign_in_challenges", ["expires_at"])


def downgrade() -> None:
    for table in ("sign_in_challenges", "recovery_codes", "second_factors", "links"):
        op.drop_table(table)
    op.drop_table("sessions")
