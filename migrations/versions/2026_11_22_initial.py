"""Make the tables of the first release.

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Column defaults name it; the repeatable step gives it the body that the settings ask for.
    op.execute("create or replace function waymark_now() returns timestamptz language sql stable as 'select now()'")
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_account_id_id"), "audit_entries", ["account_id", "id"], unique=False)
    op.create_table(
        "clock_offset",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("moved_by", sa.Interval(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_offset_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_offset")),
    )
    op.create_table(
        "customer_health_snapshots",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("profile", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Integer(), nullable=False),
        sa.Column("statuses", sa.Text(), nullable=False),
        sa.Column("numerators", postgresql.ARRAY(sa.Float(precision=53)), nullable=False),
        sa.Column("denominators", postgresql.ARRAY(sa.Float(precision=53)), nullable=False),
        sa.Column("normalised", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("contributions", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.CheckConstraint(
            "band in ('GREEN', 'YELLOW', 'RED', 'INSUFFICIENT_DATA')",
            name=op.f("ck_customer_health_snapshots_band_known"),
        ),
        sa.PrimaryKeyConstraint("account_id", "day", "revision", name=op.f("pk_customer_health_snapshots")),
    )
    op.create_table(
        "domain_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_events")),
    )
    op.create_index(
        op.f("ix_domain_events_account_id_occurred_at"), "domain_events", ["account_id", "occurred_at"], unique=False
    )
    op.create_table(
        "event_mappings",
        sa.Column("event_name", sa.Text(), nullable=False),
        sa.Column("metric_id", sa.Integer(), nullable=False),
        sa.Column("amount_property", sa.Text(), nullable=True),
        sa.Column("counts_as_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("event_name", "metric_id", name=op.f("pk_event_mappings")),
    )
    op.create_table(
        "event_keys",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("body_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "message_id", name=op.f("pk_event_keys")),
        postgresql_partition_by="HASH (source_id, message_id)",
    )
    op.create_index(op.f("ix_event_keys_received_at"), "event_keys", ["received_at"], unique=False)
    op.create_table(
        "events",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "properties", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.PrimaryKeyConstraint("account_id", "received_at", "id", name=op.f("pk_events")),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_index(
        op.f("ix_events_account_id_name_occurred_at"), "events", ["account_id", "name", "occurred_at"], unique=False
    )
    op.create_table(
        "health_models",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("red_below", sa.Integer(), server_default=sa.text("40000000"), nullable=False),
        sa.Column("green_above", sa.Integer(), server_default=sa.text("70000000"), nullable=False),
        sa.Column("margin", sa.Integer(), server_default=sa.text("2000000"), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_health_models")),
    )
    op.create_table(
        "health_actions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leaf_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("from_tier", sa.Text(), nullable=True),
        sa.Column("by_amount", sa.Float(precision=53), nullable=True),
        sa.Column("by_percent", sa.Float(precision=53), nullable=True),
        sa.Column("to_amount", sa.Float(precision=53), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(by_amount, by_percent, to_amount) = 1", name=op.f("ck_health_actions_one_step")
        ),
        sa.CheckConstraint(
            "coalesce(by_amount, to_amount, 0) between -1e12 and 1e12"
            " and coalesce(by_percent, 0) between -100 and 1000",
            name=op.f("ck_health_actions_step_finite"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_health_actions")),
    )
    op.create_table(
        "health_snapshots",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("profile", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Integer(), nullable=False),
        sa.Column("statuses", sa.Text(), nullable=False),
        sa.Column("numerators", postgresql.ARRAY(sa.Float(precision=53)), nullable=False),
        sa.Column("denominators", postgresql.ARRAY(sa.Float(precision=53)), nullable=False),
        sa.Column("normalised", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("contributions", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "band in ('GREEN', 'YELLOW', 'RED', 'INSUFFICIENT_DATA')", name=op.f("ck_health_snapshots_band_known")
        ),
        sa.PrimaryKeyConstraint("account_id", "day", "revision", name=op.f("pk_health_snapshots")),
    )
    op.create_table(
        "member_days",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("metric_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "day", "metric_id", "person_id", name=op.f("pk_member_days")),
    )
    op.create_table(
        "metrics",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("scale", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_core", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_customer_visible", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metrics")),
        sa.UniqueConstraint("key", name=op.f("uq_metrics_key")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default=sa.text("'UTC'"), nullable=False),
        sa.Column("home_currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("portal_name", sa.Text(), nullable=True),
        sa.Column("accent_color", sa.Text(), nullable=True),
        sa.Column("logo", sa.Text(), nullable=True),
        sa.Column("chosen_portal_name", sa.Text(), nullable=True),
        sa.Column("chosen_accent_color", sa.Text(), nullable=True),
        sa.Column("chosen_logo", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_organizations_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), server_default=sa.text("'en'"), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("email_key", name=op.f("uq_persons_email_key")),
    )
    # In a schema of its own, so that none of its functions stands among ours; somebody may have installed it before.
    op.execute("create schema if not exists waymark_extensions")
    op.execute("create extension if not exists pg_trgm with schema waymark_extensions")
    place = op.get_bind().scalar(
        sa.text("select extnamespace::regnamespace from pg_extension where extname = 'pg_trgm'")
    )
    for index, searched in (("ix_persons_name_trigrams", "lower(name)"), ("ix_persons_email_trigrams", "email_key")):
        op.execute(f"create index {index} on persons using gin ({searched} {place}.gin_trgm_ops)")
    op.create_table(
        "program_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("difference", sa.Text(), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_program_versions")),
    )
    op.create_table(
        "schedule_slots",
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("work_item_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.PrimaryKeyConstraint("schedule", "slot", name=op.f("pk_schedule_slots")),
    )
    op.create_table(
        "scoring_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("step_days", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("knowledge", sa.Text(), nullable=False),
        sa.Column("chunks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("chunks_done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("snapshots", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("differing", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_runs")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("throttle_key", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index(op.f("ix_sign_in_failures_throttle_key"), "sign_in_failures", ["throttle_key"], unique=False)
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("private_key", postgresql.BYTEA(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('CSV', 'API', 'BILLING', 'HELPDESK', 'COMMUNITY', 'PRODUCT')", name=op.f("ck_sources_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("key", name=op.f("uq_sources_key")),
    )
    op.create_table(
        "stages",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_trial", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("from_day", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("below_day", sa.Integer(), nullable=True),
        sa.Column("is_retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("from_day >= 0 and below_day > from_day", name=op.f("ck_stages_days_in_order")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stages")),
    )
    op.create_table(
        "tiers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("price_currency", sa.Text(), nullable=True),
        sa.Column("health_visibility", sa.Text(), nullable=False),
        sa.Column("plans", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("is_retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "health_visibility in ('HIDDEN', 'WORDS', 'SCORE')", name=op.f("ck_tiers_health_visibility_known")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tiers")),
    )
    op.create_table(
        "usage_daily",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("metric_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.Column("users", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "day", "metric_id", "source_id", "known_on", name=op.f("pk_usage_daily")),
    )
    op.create_index(
        "ix_usage_daily_late",
        "usage_daily",
        ["account_id", "day", "known_on"],
        unique=False,
        postgresql_where=sa.text("known_on > day"),
    )
    op.create_index(
        op.f("ix_usage_daily_day"),
        "usage_daily",
        ["day"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on", "pages_per_range": "32"},
    )
    op.create_table(
        "work_items",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("fair_key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("parks_after", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint("queue in ('critical', 'default', 'bulk')", name=op.f("ck_work_items_queue_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_items")),
    )
    op.create_index(
        "ix_work_items_due",
        "work_items",
        ["kind", "run_at"],
        unique=False,
        postgresql_where=sa.text("finished_at is null and parked_at is null"),
    )
    op.create_index(
        "ix_work_items_parked",
        "work_items",
        ["parked_at"],
        unique=False,
        postgresql_where=sa.text("parked_at is not null"),
    )
    op.create_index(
        "ix_work_items_fair",
        "work_items",
        ["kind", "fair_key", "run_at"],
        unique=False,
        postgresql_where=sa.text("finished_at is null and parked_at is null"),
    )
    op.create_index(
        "ix_work_items_twins",
        "work_items",
        ["kind", "dedupe_key"],
        unique=False,
        postgresql_where=sa.text("finished_at is null and parked_at is null and dedupe_key is not null"),
    )
    op.create_index(
        "ix_work_items_finished",
        "work_items",
        ["finished_at"],
        unique=False,
        postgresql_where=sa.text("finished_at is not null"),
    )
    # A queue's table is rewritten all the time: dead rows in front of its indexes would slow every claim.
    op.execute("alter table work_items set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500)")
    op.create_table(
        "health_leaves",
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("profile", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), server_default=sa.text("'ratio'"), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("poor", sa.Float(precision=53), nullable=False),
        sa.Column("healthy", sa.Float(precision=53), nullable=False),
        sa.Column("empty", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("nothing", sa.Text(), nullable=False),
        sa.Column("change_phrase", sa.Text(), nullable=False),
        sa.Column("change_denominator", sa.Text(), nullable=False),
        sa.Column("is_customer_visible", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "poor between -1e12 and 1e12 and healthy between -1e12 and 1e12",
            name=op.f("ck_health_leaves_anchors_finite"),
        ),
        sa.ForeignKeyConstraint(
            ["model_version"], ["health_models.version"], name=op.f("fk_health_leaves_model_version")
        ),
        sa.PrimaryKeyConstraint("model_version", "profile", "position", name=op.f("pk_health_leaves")),
    )
    op.create_table(
        "health_words",
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "band in ('GREEN', 'YELLOW', 'RED', 'INSUFFICIENT_DATA')", name=op.f("ck_health_words_band_known")
        ),
        sa.ForeignKeyConstraint(
            ["model_version"], ["health_models.version"], name=op.f("fk_health_words_model_version")
        ),
        sa.PrimaryKeyConstraint("model_version", "band", name=op.f("pk_health_words")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_taken", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_unchanged", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_rejected", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('RUNNING', 'FINISHED', 'FAILED')", name=op.f("ck_imports_state_known")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_imports_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_source_id_id"), "imports", ["source_id", "id"], unique=False)
    op.create_table(
        "passwords",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_passwords_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_passwords")),
    )
    op.create_table(
        "person_identities",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_person_identities_person_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_person_identities_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_identities")),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_person_identities_source_id_external_id")),
    )
    op.create_index(op.f("ix_person_identities_person_id"), "person_identities", ["person_id"], unique=False)
    op.create_table(
        "source_days",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_days_source_id")),
        sa.PrimaryKeyConstraint("source_id", "day", "known_on", name=op.f("pk_source_days")),
    )
    op.create_table(
        "source_feeds",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("first_known_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_feeds_source_id")),
        sa.PrimaryKeyConstraint("source_id", "feed", name=op.f("pk_source_feeds")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "role in ('CSM', 'MANAGER', 'EXECUTIVE', 'BILLING', 'ADMIN')", name=op.f("ck_staff_role_known")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_staff_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("person_id", name=op.f("uq_staff_person_id")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("tier_key", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("use_case", sa.Text(), nullable=True),
        sa.Column("customer_since", sa.Date(), nullable=False),
        sa.Column("success_manager_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["accounts.id"], name=op.f("fk_accounts_parent_id")),
        sa.ForeignKeyConstraint(["success_manager_id"], ["staff.id"], name=op.f("fk_accounts_success_manager_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("external_id", name=op.f("uq_accounts_external_id")),
    )
    op.create_index(op.f("ix_accounts_name_id"), "accounts", ["name", "id"], unique=False)
    op.execute(f"create index ix_accounts_name_trigrams on accounts using gin (lower(name) {place}.gin_trgm_ops)")
    op.create_index(op.f("ix_accounts_parent_id"), "accounts", ["parent_id"], unique=False)
    op.create_index(op.f("ix_accounts_success_manager_id"), "accounts", ["success_manager_id"], unique=False)
    op.create_index(op.f("ix_accounts_tier_key"), "accounts", ["tier_key"], unique=False)
    op.create_table(
        "import_rejects",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("row", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_rejects_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "line", "field", name=op.f("pk_import_rejects")),
    )
    op.create_table(
        "account_internals",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mrr_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("mrr_currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("renews_on", sa.Date(), nullable=True),
        sa.Column("churned_on", sa.Date(), nullable=True),
        sa.Column("churn_reason", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("traits", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("last_touch_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_internals_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_internals")),
    )
    op.create_index(
        op.f("ix_account_internals_mrr_minor_account_id"),
        "account_internals",
        ["mrr_minor", "account_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_account_internals_renews_on_account_id"),
        "account_internals",
        ["renews_on", "account_id"],
        unique=False,
    )
    op.create_table(
        "account_tiers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("tier_key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.Column("is_derived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_tiers_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_tiers")),
    )
    op.create_index(
        op.f("ix_account_tiers_account_id_valid_from"), "account_tiers", ["account_id", "valid_from"], unique=False
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("secret_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_api_keys_account_id")),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_api_keys_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_table(
        "current_customer_health",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("profile", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("trend", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Integer(), nullable=False),
        sa.Column("statuses", sa.Text(), nullable=False),
        sa.Column("numerators", postgresql.ARRAY(sa.Float(precision=53)), nullable=False),
        sa.Column("denominators", postgresql.ARRAY(sa.Float(precision=53)), nullable=False),
        sa.Column("normalised", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("contributions", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "band in ('GREEN', 'YELLOW', 'RED', 'INSUFFICIENT_DATA')",
            name=op.f("ck_current_customer_health_band_known"),
        ),
        sa.CheckConstraint(
            "trend in ('RISING', 'STEADY', 'FALLING', 'UNKNOWN')", name=op.f("ck_current_customer_health_trend_known")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_current_customer_health")),
    )
    op.create_table(
        "current_health",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("profile", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("sort_score", sa.Integer(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("trend", sa.Text(), nullable=False),
        sa.Column("change_7", sa.Integer(), nullable=False),
        sa.Column("change_30", sa.Integer(), nullable=False),
        sa.Column("coverage", sa.Integer(), nullable=False),
        sa.Column("statuses", sa.Text(), nullable=False),
        sa.Column("numerators", postgresql.ARRAY(sa.Float(precision=53)), nullable=False),
        sa.Column("denominators", postgresql.ARRAY(sa.Float(precision=53)), nullable=False),
        sa.Column("normalised", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("contributions", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "band in ('GREEN', 'YELLOW', 'RED', 'INSUFFICIENT_DATA')", name=op.f("ck_current_health_band_known")
        ),
        sa.CheckConstraint(
            "category in ('SECURE', 'MONITOR', 'AT_RISK', 'CRITICAL')", name=op.f("ck_current_health_category_known")
        ),
        sa.CheckConstraint(
            "trend in ('RISING', 'STEADY', 'FALLING', 'UNKNOWN')", name=op.f("ck_current_health_trend_known")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_current_health")),
    )
    op.create_index(op.f("ix_current_health_band_account_id"), "current_health", ["band", "account_id"], unique=False)
    op.create_index(
        op.f("ix_current_health_change_30_account_id"), "current_health", ["change_30", "account_id"], unique=False
    )
    op.create_index(
        op.f("ix_current_health_change_7_account_id"), "current_health", ["change_7", "account_id"], unique=False
    )
    op.create_index(
        op.f("ix_current_health_sort_score_account_id"), "current_health", ["sort_score", "account_id"], unique=False
    )
    op.create_table(
        "health_overrides",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("signal", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "category in ('SECURE', 'MONITOR', 'AT_RISK', 'CRITICAL')", name=op.f("ck_health_overrides_category_known")
        ),
        sa.CheckConstraint("ends_at > started_at", name=op.f("ck_health_overrides_ends_after_start")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_health_overrides_account_id")),
        sa.ForeignKeyConstraint(["set_by"], ["persons.id"], name=op.f("fk_health_overrides_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_overrides")),
    )
    op.create_index(
        op.f("ix_health_overrides_account_id_ends_at"), "health_overrides", ["account_id", "ends_at"], unique=False
    )
    op.create_index(
        op.f("ix_health_overrides_account_id_started_at_id"), "health_overrides", ["account_id", "started_at", "id"]
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_invoices_account_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_invoices_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint(
            "source_id", "external_id", "revision", name=op.f("uq_invoices_source_id_external_id_revision")
        ),
    )
    op.create_index(op.f("ix_invoices_account_id_due_on"), "invoices", ["account_id", "due_on"], unique=False)
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("'MEMBER'"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("is_champion", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint("role in ('ADMIN', 'MEMBER', 'BILLING', 'VIEWER')", name=op.f("ck_members_role_known")),
        sa.CheckConstraint("state in ('INVITED', 'ACTIVE', 'LEFT')", name=op.f("ck_members_state_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_members_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_members_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("account_id", "person_id", name=op.f("uq_members_account_id_person_id")),
    )
    op.create_index(
        op.f("ix_members_account_id_joined_on_id"), "members", ["account_id", "joined_on", "id"], unique=False
    )
    op.create_index(op.f("ix_members_person_id"), "members", ["person_id"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("plan_key", sa.Text(), nullable=False),
        sa.Column("is_add_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("mrr_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("limit_metric", sa.Text(), nullable=True),
        sa.Column("limit_quantity", sa.BigInteger(), nullable=True),
        sa.Column("bill_period_months", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint(
            "status in ('TRIALING', 'ACTIVE', 'PAST_DUE', 'PAUSED', 'CANCELLED')",
            name=op.f("ck_subscriptions_status_known"),
        ),
        sa.CheckConstraint("ends_on is null or ends_on > starts_on", name=op.f("ck_subscriptions_ends_after_start")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_subscriptions_account_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_subscriptions_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint(
            "source_id", "external_id", "revision", name=op.f("uq_subscriptions_source_id_external_id_revision")
        ),
    )
    op.create_index(
        op.f("ix_subscriptions_account_id_starts_on"), "subscriptions", ["account_id", "starts_on"], unique=False
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sentiment", sa.Float(precision=53), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("waymark_now()"), nullable=False),
        sa.CheckConstraint("sentiment between -1 and 1", name=op.f("ck_tickets_sentiment_range")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tickets_account_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_tickets_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint(
            "source_id", "external_id", "revision", name=op.f("uq_tickets_source_id_external_id_revision")
        ),
    )
    op.create_index(op.f("ix_tickets_account_id_opened_on"), "tickets", ["account_id", "opened_on"], unique=False)
    op.create_index(op.f("ix_tickets_account_id_opened_at_id"), "tickets", ["account_id", "opened_at", "id"])
    for remainder in range(8):
        op.execute(
            f"create table event_keys_{remainder} partition of event_keys"
            f" for values with (modulus 8, remainder {remainder})"
        )


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first release; restore a backup instead.")
