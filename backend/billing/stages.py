"""The stage of an account in its life as a customer, by days and by whether it is on trial. It is nowhere stored."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Date, Integer, Select, and_, cast, func, or_, select

from backend.accounts.models import Stage
from backend.billing.models import Subscription, SubscriptionStatus


def _today() -> Any:
    return func.waymark_today(type_=Date)


def trial_of(account: Any) -> Select[Any]:
    """SQL: the plan on trial that is in force today, as is known now."""
    return select(Subscription).where(
        Subscription.account_id == account.id,
        Subscription.status == SubscriptionStatus.TRIALING.value,
        Subscription.is_add_on.is_(False),
        Subscription.superseded_on.is_(None),
        Subscription.starts_on <= _today(),
        or_(Subscription.ends_on.is_(None), Subscription.ends_on > _today()),
    )


def stages_of(account: Any) -> Select[Any]:
    """SQL: the stages whose conditions hold for an account today; the first in the program's order is its stage."""
    age: Any = cast(_today() - account.customer_since, Integer())
    holds = and_(
        Stage.is_retired.is_(False),
        age >= Stage.from_day,
        or_(Stage.below_day.is_(None), age < Stage.below_day),
        or_(Stage.is_trial.is_(False), trial_of(account).with_only_columns(Subscription.id).exists()),
    )
    return select(Stage).where(holds).order_by(Stage.position, Stage.key).limit(1)
