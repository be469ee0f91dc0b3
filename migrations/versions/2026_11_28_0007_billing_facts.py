"""Make the tables of billing and support facts.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation_marks",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "received_at", "event_id", name=op.f("pk_conversation_marks")),
    )
    op.create_table(
        "billing_rules",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("account_metadata", sa.Text(), nullable=False),
        sa.Column("customer_trait", sa.Text(), nullable=False),
        sa.Column("seat_plans", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_billing_rules_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_rules")),
    )
    op.create_table(
        "stripe_events",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("contradictions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("state in ('TAKEN', 'IGNORED', 'UNUSABLE')", name=op.f("ck_stripe_events_state_known")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_stripe_events_source_id")),
        sa.PrimaryKeyConstraint("source_id", "event_id", name=op.f("pk_stripe_events")),
    )
    op.create_index(op.f("ix_stripe_events_source_id_target"), "stripe_events", ["source_id", "target"], unique=False)
    op.create_index(op.f("ix_stripe_events_state_received_at"), "stripe_events", ["state", "received_at"], unique=False)
    op.create_table(
        "webhook_secrets",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", postgresql.BYTEA(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_webhook_secrets_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_secrets")),
    )
    op.create_index(op.f("ix_webhook_secrets_source_id"), "webhook_secrets", ["source_id"], unique=False)
    op.create_table(
        "billing_facts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "kind in ('PAYMENT_FAILED', 'INVOICE_OVERDUE', 'INVOICE_PAID', 'REFUNDED', 'REFUND_FAILED',"
            " 'DISPUTE_OPENED', 'DISPUTE_WON', 'DISPUTE_LOST', 'CANCELLATION_SCHEDULED', 'CANCELLATION_WITHDRAWN',"
            " 'SUBSCRIPTION_ENDED')",
            name=op.f("ck_billing_facts_kind_known"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_billing_facts_account_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_billing_facts_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_facts")),
        sa.UniqueConstraint(
            "source_id", "external_id", "revision", name=op.f("uq_billing_facts_source_id_external_id_revision")
        ),
    )
    op.create_index(
        op.f("ix_billing_facts_account_id_occurred_at_id"),
        "billing_facts",
        ["account_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_billing_facts_source_id_object_key"), "billing_facts", ["source_id", "object_key"], unique=False
    )
    op.create_table(
        "stripe_objects",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("named_account", sa.Text(), nullable=True),
        sa.Column("is_linked_by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("awaits", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("derived_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_stripe_objects_account_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_stripe_objects_source_id")),
        sa.PrimaryKeyConstraint("source_id", "object_id", name=op.f("pk_stripe_objects")),
    )
    op.create_index(op.f("ix_stripe_objects_source_id_awaits"), "stripe_objects", ["source_id", "awaits"], unique=False)
    op.create_index(
        op.f("ix_stripe_objects_source_id_customer_id"), "stripe_objects", ["source_id", "customer_id"], unique=False
    )
    op.create_index(
        "ix_stripe_objects_unresolved",
        "stripe_objects",
        ["source_id"],
        unique=False,
        postgresql_where=sa.text("account_id is null"),
    )
    op.create_table(
        "ticket_events",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sentiment", sa.Float(precision=53), nullable=True),
        sa.Column("sentiment_is_estimated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rating", sa.Float(precision=53), nullable=True),
        sa.Column("rating_scale", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "kind in ('OPENED', 'ASKED', 'ANSWERED', 'RESOLVED', 'REOPENED', 'RATED')",
            name=op.f("ck_ticket_events_kind_known"),
        ),
        sa.CheckConstraint("sentiment between -1 and 1", name=op.f("ck_ticket_events_sentiment_range")),
        sa.CheckConstraint(
            "(rating is null) = (rating_scale is null) and rating between 0 and rating_scale",
            name=op.f("ck_ticket_events_rating_on_its_scale"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_ticket_events_account_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_ticket_events_source_id")),
        sa.PrimaryKeyConstraint("source_id", "message_id", name=op.f("pk_ticket_events")),
    )
    op.create_index(op.f("ix_ticket_events_account_id"), "ticket_events", ["account_id"], unique=False)
    op.create_index(
        op.f("ix_ticket_events_source_id_ticket_key"), "ticket_events", ["source_id", "ticket_key"], unique=False
    )
    op.add_column("invoices", sa.Column("settled_as", sa.Text(), nullable=True))
    # Until now what was settled was known as paid.
    op.execute("update invoices set settled_as = 'PAID' where settled_on is not null")
    op.create_check_constraint(
        op.f("ck_invoices_settled_as_known"), "invoices", "settled_as in ('PAID', 'VOIDED', 'WRITTEN_OFF')"
    )
    op.create_check_constraint(
        op.f("ck_invoices_settled_somehow"), "invoices", "(settled_as is null) = (settled_on is null)"
    )
    op.add_column("subscriptions", sa.Column("contract_key", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("product_key", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("renews_on", sa.Date(), nullable=True))
    op.add_column("subscriptions", sa.Column("auto_renews", sa.Boolean(), nullable=True))
    op.create_index(
        op.f("ix_subscriptions_source_id_contract_key"), "subscriptions", ["source_id", "contract_key"], unique=False
    )
    op.add_column("tickets", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("reopenings", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column(
        "tickets", sa.Column("sentiment_is_estimated", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("tickets", sa.Column("rating", sa.Float(precision=53), nullable=True))
    op.add_column("tickets", sa.Column("rating_scale", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_tickets_rating_on_its_scale"),
        "tickets",
        "(rating is null) = (rating_scale is null) and rating between 0 and rating_scale",
    )
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_table("conversation_marks")
    op.drop_column("tickets", "rating_scale")
    op.drop_column("tickets", "rating")
    op.drop_column("tickets", "sentiment_is_estimated")
    op.drop_column("tickets", "reopenings")
    op.drop_column("tickets", "answered_at")
    op.drop_index(op.f("ix_subscriptions_source_id_contract_key"), table_name="subscriptions")
    op.drop_column("subscriptions", "auto_renews")
    op.drop_column("subscriptions", "renews_on")
    op.drop_column("subscriptions", "product_key")
    op.drop_column("subscriptions", "contract_key")
    op.drop_constraint(op.f("ck_invoices_settled_somehow"), "invoices", type_="check")
    op.drop_constraint(op.f("ck_invoices_settled_as_known"), "invoices", type_="check")
    op.drop_column("invoices", "settled_as")
    op.drop_index(op.f("ix_ticket_events_source_id_ticket_key"), table_name="ticket_events")
    op.drop_index(op.f("ix_ticket_events_account_id"), table_name="ticket_events")
    op.drop_table("ticket_events")
    op.drop_index(
        "ix_stripe_objects_unresolved", table_name="stripe_objects", postgresql_where=sa.text("account_id is null")
    )
    op.drop_index(op.f("ix_stripe_objects_source_id_customer_id"), table_name="stripe_objects")
    op.drop_index(op.f("ix_stripe_objects_source_id_awaits"), table_name="stripe_objects")
    op.drop_table("stripe_objects")
    op.drop_index(op.f("ix_billing_facts_source_id_object_key"), table_name="billing_facts")
    op.drop_index(op.f("ix_billing_facts_account_id_occurred_at_id"), table_name="billing_facts")
    op.drop_table("billing_facts")
    op.drop_index(op.f("ix_webhook_secrets_source_id"), table_name="webhook_secrets")
    op.drop_table("webhook_secrets")
    op.drop_index(op.f("ix_stripe_events_state_received_at"), table_name="stripe_events")
    op.drop_index(op.f("ix_stripe_events_source_id_target"), table_name="stripe_events")
    op.drop_table("stripe_events")
    op.drop_table("billing_rules")
    # ### end Alembic commands ###
