"""Make the tables of outside sign-in, and what erasing a person needs.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_check_constraint(
        op.f("ck_persons_erased_stays_empty"), "persons", "erased_at is null or (name is null and email is null)"
    )
    op.create_index(
        "ix_persons_erased", "persons", ["id"], unique=False, postgresql_where=sa.text("erased_at is not null")
    )
    op.create_table(
        "person_erasures",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sought", postgresql.BYTEA(), nullable=True),
        sa.Column("place", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_person_erasures_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_erasures")),
        sa.UniqueConstraint("person_id", name=op.f("uq_person_erasures_person_id")),
    )


def downgrade() -> None:
    op.drop_table("person_erasures")
    op.drop_index("ix_persons_erased", "persons")
    op.drop_constraint(op.f("ck_persons_erased_stays_empty"), "persons")
