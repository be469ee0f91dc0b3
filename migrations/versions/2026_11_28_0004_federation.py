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
    op.create_table(
        "oidc_providers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", postgresql.BYTEA(), nullable=True),
        sa.Column("trusts_addresses", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("allowed_domains", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("provision_role", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "provision_role is null or cardinality(allowed_domains) > 0",
            name=op.f("ck_oidc_providers_provisions_within_domains"),
        ),
        sa.CheckConstraint(
            "provision_role in ('CSM', 'MANAGER', 'EXECUTIVE', 'BILLING')",
            name=op.f("ck_oidc_providers_provision_role_known"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_oidc_providers")),
        sa.UniqueConstraint("issuer", name=op.f("uq_oidc_providers_issuer")),
    )
    op.create_table(
        "outside_identities",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_outside_identities_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_outside_identities_issuer_subject")),
        sa.UniqueConstraint("person_id", "issuer", name=op.f("uq_outside_identities_person_id_issuer")),
    )
    op.create_table(
        "vouchers",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("secret", postgresql.BYTEA(), nullable=True),
        sa.Column("jwks", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("jwks_url", sa.Text(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("may_create", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "algorithm in ('HS256', 'RS256', 'PS256', 'ES256', 'EdDSA')", name=op.f("ck_vouchers_algorithm_known")
        ),
        sa.CheckConstraint("(algorithm = 'HS256') = (secret is not null)", name=op.f("ck_vouchers_secret_of_hs256")),
        sa.CheckConstraint("num_nonnulls(secret, jwks, jwks_url) = 1", name=op.f("ck_vouchers_one_kind_of_key")),
        sa.CheckConstraint("source_id is not null or not may_create", name=op.f("ck_vouchers_creates_in_a_source")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_vouchers_source_id")),
        sa.PrimaryKeyConstraint("issuer", name=op.f("pk_vouchers")),
    )
    op.create_table(
        "vouches",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("id_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "id_hash", name=op.f("pk_vouches")),
    )
    op.create_index(op.f("ix_vouches_expires_at"), "vouches", ["expires_at"], unique=False)


def downgrade() -> None:
    for table in ("vouches", "vouchers", "outside_identities", "oidc_providers"):
        op.drop_table(table)
    op.drop_table("person_erasures")
    op.drop_index("ix_persons_erased", "persons")
    op.drop_constraint(op.f("ck_persons_erased_stays_empty"), "persons")
