"""Where an account stands in its life as a customer, and how far it has come there."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Date, Double, Integer, Select, case, cast, func, literal_column, select

from backend.accounts.models import Stage
from backend.billing.models import Subscription
from backend.billing.stages import stages_of, trial_of
from backend.graphql.planner import Computed, Decimal, column, row, to_one


@row(Stage)
class StageType:
    """A stage in the life of a customer, as the running program names it."""

    key: str
    """The word for it in arguments and filters."""
    name: str
    """Its name."""
    description: str
    """What it is about."""
    rank: int = column(Stage.position)
    """Its place among the stages, the first is 0."""


def _next_of(stage: Any) -> Select[Stage]:
    ahead = select(Stage).where(Stage.is_retired.is_(False), Stage.position > stage.position)
    return ahead.order_by(Stage.position, Stage.key).limit(1)


@row()
class AccountStageType:
    """The stage that an account is in, and how far it has come."""

    key: str
    """The word for it in arguments and filters."""
    name: str
    """Its name."""
    description: str
    """What it is about."""
    rank: int
    """Its place among the stages, the first is 0."""
    started_on: date
    """Its first day: of a trial that of the subscription, else counted from the first day as a customer."""
    ends_on: date | None
    """The first day that is no longer of it; null where it has no end, or none that is known."""
    day: int
    """Which day of it is today, 1 is the first."""
    days: int | None
    """How many days it has; null where it has no end."""
    progress: Decimal | None
    """The part of it that is over, before today; null where it has no end."""
    next: StageType | None = to_one(_next_of)
    """The stage after it in the program's order."""


def stage_of(account: Any) -> Computed:
    """The account's stage today."""
    today: Any = func.waymark_today(type_=Date)
    trial = trial_of(account).order_by(Subscription.starts_on, Subscription.id).limit(1)
    began, until = (
        trial.with_only_columns(part).correlate(Stage).scalar_subquery()
        for part in (Subscription.starts_on, Subscription.ends_on)
    )
    counted = account.customer_since + Stage.from_day
    first = case((Stage.is_trial, func.coalesce(began, counted)), else_=counted)
    last = case((Stage.is_trial, until), else_=account.customer_since + Stage.below_day)
    found = (
        stages_of(account)
        .with_only_columns(
            Stage.key,
            Stage.name,
            Stage.description,
            Stage.position,
            cast(first, Date()).label("started_on"),
            cast(last, Date()).label("ends_on"),
        )
        .subquery("stage")
    )
    s: Any = found.c
    over, whole = cast(today - s.started_on, Integer()), cast(s.ends_on - s.started_on, Integer())
    share = cast(over, Double()) / func.nullif(cast(whole, Double()), 0.0)
    return select(
        s.key.label("key"),
        s.name.label("name"),
        s.description.label("description"),
        s.position.label("position"),
        s.position.label("rank"),
        s.started_on.label("started_on"),
        s.ends_on.label("ends_on"),
        (over + literal_column("1", Integer())).label("day"),
        whole.label("days"),
        case((share > 1.0, literal_column("1.0", Double())), else_=share).label("progress"),
    )
