"""Tables of health. Snapshots are append-only: a correction adds a revision, history shows the latest.

A snapshot keeps its leaves as arrays in the order of the model's leaves (`health_leaves.position`, from 1), so that a
day of an account is one row; `graphql/` shows them as rows and sentences. Weights are parts per million of the whole,
contributions and scores integer micro-points (100 points = 100,000,000).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Float

from backend.db.base import Base, Code, Id, Json, Long, Prose, RecordedAt, one_of

FLOATS = ARRAY(Float(53))
INTS = ARRAY(Integer)


class HealthBand(StrEnum):
    """The colour of a score."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class RetentionCategory(StrEnum):
    """Who needs action now."""

    SECURE = "SECURE"
    MONITOR = "MONITOR"
    AT_RISK = "AT_RISK"
    CRITICAL = "CRITICAL"


class FactorStatus(StrEnum):
    """How a leaf came to its value. The first letter is what a snapshot stores, but X for NOT_APPLICABLE."""

    MEASURED = "MEASURED"
    ZERO = "ZERO"
    STALE = "STALE"
    NO_SOURCE = "NO_SOURCE"
    TOO_NEW = "TOO_NEW"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Trend(StrEnum):
    """Which way a score has gone over 28 days."""

    RISING = "RISING"
    STEADY = "STEADY"
    FALLING = "FALLING"
    UNKNOWN = "UNKNOWN"


class HealthModel(Base):
    """A version of the health model. Rows are never changed."""

    __tablename__ = "health_models"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    in_force_from: Mapped[date | None]
    """First day scored with it; empty for versions from before any day was closed, which hold for all earlier days."""
    definition: Mapped[Json]
    """Everything that scoring reads from the program: leaves, profiles, holidays, plan limits, core metrics, cuts."""
    red_below: Mapped[int] = mapped_column(server_default=text("40000000"))
    green_above: Mapped[int] = mapped_column(server_default=text("70000000"))
    margin: Mapped[int] = mapped_column(server_default=text("2000000"))
    """Where the bands meet, micro-points; as the definition has it, for statements that work out a band."""
    fingerprint: Mapped[Code]
    applied_at: Mapped[RecordedAt]
    applied_by: Mapped[Code]


class HealthLeaf(Base):
    """A leaf of a model version under a profile (segment or age), for explanations."""

    __tablename__ = "health_leaves"
    __table_args__ = (
        PrimaryKeyConstraint("model_version", "profile", "position"),
        # NaN is above every number. What scores are computed from is finite, and PostgreSQL's arithmetic makes nothing
        # infinite of it: it refuses a division by zero and a result that is too large.
        CheckConstraint("poor between -1e12 and 1e12 and healthy between -1e12 and 1e12", name="anchors_finite"),
    )
    model_version: Mapped[int] = mapped_column(ForeignKey("health_models.version"))
    profile: Mapped[int] = mapped_column(SmallInteger)
    """0 is the default profile; the others override anchors for a segment or for the first 30 days."""
    position: Mapped[int]
    key: Mapped[Code]
    name: Mapped[Code]
    group_key: Mapped[Code]
    group_name: Mapped[Code]
    measure: Mapped[Code] = mapped_column(server_default=text("'ratio'"))
    """Its kind of measure (measures.py)."""
    weight: Mapped[int]
    """Nominal weight, parts per million."""
    poor: Mapped[float]
    healthy: Mapped[float]
    empty: Mapped[int] = mapped_column(server_default=text("0"))
    """Normalised value where a connected source has nothing to report, micro-points."""
    unit: Mapped[Code]
    statement: Mapped[Code]
    """The sentence of the leaf, with {numerator}, {denominator} and {value}."""
    nothing: Mapped[Code]
    """The sentence when a connected source has nothing to report."""
    change_phrase: Mapped[Code]
    """The leaf in a change sentence: `people`, `adoption`."""
    change_denominator: Mapped[Code]
    """The leaf's denominator in a change sentence: `seats`; empty where it is not told."""
    is_customer_visible: Mapped[bool]


class HealthWords(Base):
    """What customers read for a band, under a version of the model."""

    __tablename__ = "health_words"
    __table_args__ = (PrimaryKeyConstraint("model_version", "band"), one_of("band", HealthBand))
    model_version: Mapped[int] = mapped_column(ForeignKey("health_models.version"))
    band: Mapped[Code]
    words: Mapped[Code]


class HealthAction(Base):
    """What somebody of an account can do for a leaf that customers see, as the running program says it.

    The rows are those of the running program and belong to no version of the model: they change no score.
    """

    __tablename__ = "health_actions"
    __table_args__ = (
        CheckConstraint("num_nonnulls(by_amount, by_percent, to_amount) = 1", name="one_step"),
        CheckConstraint(
            "coalesce(by_amount, to_amount, 0) between -1e12 and 1e12"
            " and coalesce(by_percent, 0) between -100 and 1000",
            name="step_finite",
        ),
    )
    key: Mapped[Code] = mapped_column(primary_key=True)
    position: Mapped[int]
    """Its place in the file, for those of equal gain."""
    leaf_key: Mapped[Code]
    title: Mapped[Code]
    body: Mapped[Code]
    who: Mapped[Code]
    """Who can do it."""
    link: Mapped[Code | None]
    from_tier: Mapped[Code | None]
    """It is for this tier and those of a higher rank; empty: for all."""
    by_amount: Mapped[float | None]
    by_percent: Mapped[float | None]
    to_amount: Mapped[float | None]
    """The step in the leaf's numerator: by so much, by a share of it rounded up to a whole number, or to a value."""


class HealthSnapshot(Base):
    """The closing health of an account on a day, as staff see it; final as known then."""

    __tablename__ = "health_snapshots"
    __table_args__ = (PrimaryKeyConstraint("account_id", "day", "revision"), one_of("band", HealthBand))
    account_id: Mapped[UUID]
    day: Mapped[date]
    revision: Mapped[int] = mapped_column(SmallInteger)
    known_on: Mapped[date]
    model_version: Mapped[int]
    profile: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[int | None]
    """Micro-points, the exact sum of `contributions`; empty when there is not enough data."""
    band: Mapped[Code]
    coverage: Mapped[int]
    """Share of the nominal weight that was measured, parts per million."""
    statuses: Mapped[Code]
    """One letter a leaf: M Z S N T, and X for NOT_APPLICABLE."""
    numerators: Mapped[list[float | None]] = mapped_column(FLOATS)
    denominators: Mapped[list[float | None]] = mapped_column(FLOATS)
    normalised: Mapped[list[int | None]] = mapped_column(INTS)
    """0 to 100,000,000 a leaf, before weights."""
    weights: Mapped[list[int]] = mapped_column(INTS)
    """Effective weights, parts per million."""
    contributions: Mapped[list[int]] = mapped_column(INTS)
    computed_at: Mapped[RecordedAt]


class CustomerHealthSnapshot(Base):
    """The same day of the same account as its customers see it: customer-visible leaves alone, in their order."""

    __tablename__ = "customer_health_snapshots"
    __table_args__ = (PrimaryKeyConstraint("account_id", "day", "revision"), one_of("band", HealthBand))
    account_id: Mapped[UUID]
    day: Mapped[date]
    revision: Mapped[int] = mapped_column(SmallInteger)
    model_version: Mapped[int]
    profile: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[int | None]
    band: Mapped[Code]
    coverage: Mapped[int]
    statuses: Mapped[Code]
    numerators: Mapped[list[float | None]] = mapped_column(FLOATS)
    denominators: Mapped[list[float | None]] = mapped_column(FLOATS)
    normalised: Mapped[list[int | None]] = mapped_column(INTS)
    weights: Mapped[list[int]] = mapped_column(INTS)
    contributions: Mapped[list[int]] = mapped_column(INTS)


class CurrentHealth(Base):
    """The live health of an account as staff see it, with what lists are ordered by.

    Like the snapshots without a reference to accounts: it is written for all of them at once, from their own ids.
    """

    __tablename__ = "current_health"
    __table_args__ = (
        one_of("band", HealthBand),
        one_of("category", RetentionCategory),
        one_of("trend", Trend),
        Index(None, "sort_score", "account_id"),
        Index(None, "change_7", "account_id"),
        Index(None, "change_30", "account_id"),
        Index(None, "band", "account_id"),
    )
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date]
    model_version: Mapped[int]
    profile: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[int | None]
    sort_score: Mapped[int]
    """The score, or -1 without one, so that lists have a total order over a column that is never empty."""
    band: Mapped[Code]
    category: Mapped[Code | None]
    trend: Mapped[Code]
    change_7: Mapped[int]
    change_30: Mapped[int]
    """Micro-points against the closing score 7 and 30 days before; 0 where there is none."""
    coverage: Mapped[int]
    statuses: Mapped[Code]
    numerators: Mapped[list[float | None]] = mapped_column(FLOATS)
    denominators: Mapped[list[float | None]] = mapped_column(FLOATS)
    normalised: Mapped[list[int | None]] = mapped_column(INTS)
    weights: Mapped[list[int]] = mapped_column(INTS)
    contributions: Mapped[list[int]] = mapped_column(INTS)
    computed_at: Mapped[RecordedAt]


class CurrentCustomerHealth(Base):
    """The live health of an account as its customers see it."""

    __tablename__ = "current_customer_health"
    __table_args__ = (one_of("band", HealthBand), one_of("trend", Trend))
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date]
    model_version: Mapped[int]
    profile: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[int | None]
    band: Mapped[Code]
    trend: Mapped[Code]
    coverage: Mapped[int]
    statuses: Mapped[Code]
    numerators: Mapped[list[float | None]] = mapped_column(FLOATS)
    denominators: Mapped[list[float | None]] = mapped_column(FLOATS)
    normalised: Mapped[list[int | None]] = mapped_column(INTS)
    weights: Mapped[list[int]] = mapped_column(INTS)
    contributions: Mapped[list[int]] = mapped_column(INTS)
    computed_at: Mapped[RecordedAt]


class HealthOverride(Base):
    """A category forced by an acute signal, beside the score and never folded into it."""

    __tablename__ = "health_overrides"
    __table_args__ = (
        one_of("category", RetentionCategory),
        CheckConstraint("ends_at > started_at", name="ends_after_start"),
        Index(None, "account_id", "ends_at"),
        Index(None, "account_id", "started_at", "id"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    category: Mapped[Code]
    signal: Mapped[Code]
    reason: Mapped[Prose]
    started_at: Mapped[RecordedAt]
    ends_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))


class ScoringRun(Base):
    """A request to score: which days, how known, how far it has come. Work items carry its chunks."""

    __tablename__ = "scoring_runs"
    id: Mapped[Id]
    first_day: Mapped[date]
    last_day: Mapped[date]
    step_days: Mapped[int] = mapped_column(server_default=text("1"))
    knowledge: Mapped[Code]
    """AS_OF: as known at the close of each day; RESTATED: with all that is known now."""
    chunks: Mapped[int] = mapped_column(server_default=text("0"))
    chunks_done: Mapped[int] = mapped_column(server_default=text("0"))
    snapshots: Mapped[Long] = mapped_column(server_default=text("0"))
    """Days of accounts that were stored."""
    unchanged: Mapped[Long] = mapped_column(server_default=text("0"))
    """Days of accounts that were stored before and came out the same."""
    differing: Mapped[Long] = mapped_column(server_default=text("0"))
    """Days of accounts whose stored closing came out otherwise; a restatement adds a revision for each."""
    requested_at: Mapped[RecordedAt]
    finished_at: Mapped[datetime | None]
