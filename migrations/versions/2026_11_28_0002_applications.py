"""Make the tables of applications and registered documents.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origins", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("document_policy", sa.Text(), server_default=sa.text("'ANY'"), nullable=False),
        sa.Column("points_per_second", sa.Integer(), server_default=sa.text("1000"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "document_policy in ('ANY', 'REGISTERED')", name=op.f("ck_applications_document_policy_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("name", name=op.f("uq_applications_name")),
    )
    op.create_table(
        "registered_documents",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_registered_documents_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "sha256", name=op.f("pk_registered_documents")),
    )
    op.add_column("api_keys", sa.Column("application_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_api_keys_application_id"), "api_keys", "applications", ["application_id"], ["id"])
    # Waymark's own portal; whoever signs in by its cookie comes through it.
    op.execute(
        "insert into applications (id, name, document_policy, points_per_second)"
        " values ('00000000-0000-7000-8000-000000000001', 'portal', 'REGISTERED', 20000)"
    )


def downgrade() -> None:
    op.drop_column("api_keys", "application_id")
    op.drop_table("registered_documents")
    op.drop_table("applications")
