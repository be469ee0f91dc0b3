"""The kinds of measure that a health leaf can have, with their parameters: the part of the model that is code.

Nothing here knows a metric, a tier or a product by name; the program's files say what to measure. A measure gives a
numerator and a denominator of an account on a day; their quotient is laid between the leaf's anchors.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from backend.program.section import Key, Section

Metrics = Annotated[tuple[Key, ...], Field(min_length=1, max_length=50)]


class ActiveShare(Section):
    """Mean distinct active members of a business day ÷ mean seats in force.

    New seats ramp in: the seats of a day are the lesser of those in force and their mean over the last `ramp_days`
    days on which any were in force, so that buying seats is not a fall. 0 switches the ramp off. Does not apply to an
    account without seats.
    """

    kind: Literal["active_share"] = "active_share"
    ramp_days: Annotated[int, Field(ge=0, le=365)] = 28


class Breadth(Section):
    """Distinct metrics used ÷ those that the account's tier offers. Without a list: the program's core metrics."""

    kind: Literal["breadth"] = "breadth"
    metrics: Metrics | None = None


class Regularity(Section):
    """Business days with use ÷ business days; any use counts where the organization has none of the metrics."""

    kind: Literal["regularity"] = "regularity"
    metrics: Metrics | None = None


class MeanSentiment(Section):
    """Mean sentiment of the tickets opened in the window, from -1 to 1."""

    kind: Literal["mean_sentiment"] = "mean_sentiment"


class RatePerMembers(Section):
    """Sum of the metrics ÷ (active members ÷ `per`), members counted over `members_window` days."""

    kind: Literal["rate_per_members"] = "rate_per_members"
    metrics: Metrics
    per: Annotated[int, Field(ge=1, le=10_000)] = 10
    members_window: Annotated[int, Field(ge=1, le=366)] = 28


class Participation(Section):
    """Members active in the metrics ÷ active members."""

    kind: Literal["participation"] = "participation"
    metrics: Metrics


class OverdueDays(Section):
    """Days that the oldest open invoice is overdue."""

    kind: Literal["overdue_days"] = "overdue_days"


class Growth(Section):
    """Use of the window ÷ use of the window before. Does not apply without earlier use."""

    kind: Literal["growth"] = "growth"
    metrics: Metrics | None = None


class LimitUse(Section):
    """Use ÷ what the subscription or the tier includes, the highest of several. Does not apply without a limit."""

    kind: Literal["limit_use"] = "limit_use"
    metrics: Metrics | None = None


class Total(Section):
    """Sum of the metrics."""

    kind: Literal["sum"] = "sum"
    metrics: Metrics


class Ratio(Section):
    """Sum of some metrics ÷ sum of others. Does not apply where the divisor is 0."""

    kind: Literal["ratio"] = "ratio"
    metrics: Metrics
    over: Metrics


class DaysSince(Section):
    """Days since the metrics were last used; nothing reported in the window counts as empty."""

    kind: Literal["days_since"] = "days_since"
    metrics: Metrics


class MilestonesOnTime(Section):
    """Milestones reached on time ÷ milestones due. Nothing feeds it yet, so that the leaf has no source."""

    kind: Literal["milestones_on_time"] = "milestones_on_time"


Measure = Annotated[
    ActiveShare
    | Breadth
    | Regularity
    | MeanSentiment
    | RatePerMembers
    | Participation
    | OverdueDays
    | Growth
    | LimitUse
    | Total
    | Ratio
    | DaysSince
    | MilestonesOnTime,
    Field(discriminator="kind"),
]


SHARES = ("active_share", "breadth", "regularity", "participation")
"""Kinds whose numerator is a part of their denominator, so that no step leads beyond it."""
UNDIVIDED = ("sum", "overdue_days", "days_since")
"""Kinds without a denominator. `migrations/repeatable/next_actions.sql` has both lists once more."""


def metrics_of(measure: Measure) -> tuple[str, ...]:
    """Keys of the metrics that a measure names."""
    match measure:
        case Ratio():
            return measure.metrics + measure.over
        case ActiveShare() | MeanSentiment() | OverdueDays() | MilestonesOnTime():
            return ()
        case _:
            return measure.metrics or ()
