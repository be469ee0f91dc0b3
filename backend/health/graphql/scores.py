"""An account's score, live or at the close of a day, for its customers and for staff."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, TypeAlias

import strawberry
from sqlalchemy import Double, Integer, Text, and_, case, cast, func, literal_column, null, select, true, union_all
from strawberry import UNSET

from backend.accounts.models import Tier
from backend.graphql.planner import Computed, Decimal, column, given, never_null, node, row, sql, to_many, to_one
from backend.graphql.timeline import TimelineEntryType
from backend.health.graphql.expressions import now, points, share, text
from backend.health.graphql.factors import HealthFactorType, HealthGroupType, factors_of, groups_of
from backend.health.graphql.words import Audience
from backend.health.models import (
    CurrentCustomerHealth,
    CurrentHealth,
    CustomerHealthSnapshot,
    HealthBand,
    HealthModel,
    HealthOverride,
    HealthSnapshot,
    HealthWords,
    RetentionCategory,
    Trend,
)
from backend.permissions import Permission

AsOf: TypeAlias = Annotated[
    date | None,
    strawberry.argument(
        description="The score at the close of that day, which is that of the last day before it that was scored; "
        "without it the live score."
    ),
]


def words_of(model_version: Any, band: Any) -> Any:
    """SQL: a band in the words of a version of the model."""
    said = select(HealthWords.words).where(HealthWords.model_version == model_version, HealthWords.band == band)
    plain = case(
        (band == text("GREEN"), text("Going well")),
        (band == text("YELLOW"), text("Could be better")),
        (band == text("RED"), text("Needs attention")),
        else_=text("Not enough data yet"),
    )
    return func.coalesce(said.correlate_except(HealthWords).scalar_subquery(), plain, type_=Text())


@row()
class HealthCutsType:
    """Where the bands of a version of the health model meet."""

    red_below: Decimal
    """Below this a score is red, 0 to 100."""
    green_above: Decimal
    """Above this a score is green, 0 to 100."""


def _cuts_of(health: Any) -> Computed:
    return select(
        points(HealthModel.red_below).label("red_below"), points(HealthModel.green_above).label("green_above")
    ).where(HealthModel.version == health.model_version, health.shows_score)


@row()
class HealthScoreType:
    """How well an account does, with everything behind it."""

    audience: Audience
    """For whom it is computed."""
    as_of: date
    """The day that it speaks of."""
    score: Decimal | None
    """0 to 100, the exact sum of the contributions; null without enough data, and where the tier shows words only."""
    band: HealthBand
    """Its colour."""
    leaves_band_at: Decimal | None
    """[staff] Where the score is beyond the cut of its band already, the score at which it is out of the band: red at
    this score, yellow above it. Null otherwise, and for customers."""
    words: str
    """The colour in words."""
    category: RetentionCategory | None
    """[staff] Who needs action now; null for customers, for past days and without enough data."""
    trend: Trend
    """Which way it went over 28 days; UNKNOWN for past days."""
    coverage: Decimal
    """Share of the model's weight that could be measured, 1 is all."""
    model_version: int
    """The version of the health model that computed it."""
    cuts: HealthCutsType | None = to_one(_cuts_of)
    """Where the bands of that version meet; null where the tier shows words only."""
    groups: list[HealthGroupType] = to_many(groups_of)
    """Its groups, in the order of the model."""
    factors: list[HealthFactorType] = to_many(factors_of)
    """Its factors, in the order of the model."""


_ARRAYS = ("statuses", "numerators", "denominators", "normalised", "weights", "contributions")


def _columns(model: Any, audience: str, *, shows_score: Any, category: Any, trend: Any) -> list[Any]:
    return [
        text(audience).label("audience"),
        model.day.label("as_of"),
        case((shows_score, points(model.score))).label("score"),
        model.band.label("band"),
        (cast(null(), Double()) if audience == "CUSTOMER" else _leaves_band_at(model)).label("leaves_band_at"),
        words_of(model.model_version, model.band).label("words"),
        category.label("category"),
        trend.label("trend"),
        share(model.coverage).label("coverage"),
        model.model_version.label("model_version"),
        model.profile.label("profile"),
        shows_score.label("shows_score"),
        *(getattr(model, name).label(name) for name in _ARRAYS),
    ]


def _leaves_band_at(health: Any) -> Any:
    """SQL: a band that holds on by its margin alone ends here (`rules.closing_band`)."""
    red, green = HealthModel.red_below, HealthModel.green_above
    left = case(
        (and_(health.band == text("RED"), health.score >= red), red + HealthModel.margin),
        (and_(health.band == text("YELLOW"), health.score > green), green + HealthModel.margin),
    )
    held = select(left).where(HealthModel.version == health.model_version)
    return points(held.correlate_except(HealthModel).scalar_subquery())


def visibility(account: Any) -> Any:
    """SQL: what the account's customers see of their health; WORDS without a tier."""
    tier = select(Tier.health_visibility).where(Tier.key == account.tier_key).scalar_subquery()
    return func.coalesce(tier, text("WORDS"), type_=Text())


def customer_health(account: Any, as_of: AsOf = UNSET) -> Computed:
    """An account's health as its customers see it; no row where its tier hides it."""
    seen = visibility(account)
    shows = seen == text("SCORE")
    live = CurrentCustomerHealth
    if given(as_of):
        then, now = (
            _select(model, "CUSTOMER", shows).where(model.account_id == account.id, seen != text("HIDDEN"))
            for model in (CustomerHealthSnapshot, live)
        )
        return _at(then, now, CustomerHealthSnapshot, live, as_of)
    chosen = _select(live, "CUSTOMER", shows, trend=live.trend)
    return chosen.where(live.account_id == account.id, seen != text("HIDDEN"))


def internal_health(account: Any, as_of: AsOf = UNSET) -> Computed:
    """An account's health as staff see it."""
    live = CurrentHealth
    if given(as_of):
        then, now = (
            _select(model, "INTERNAL", true()).where(model.account_id == account.account_id)
            for model in (HealthSnapshot, live)
        )
        return _at(then, now, HealthSnapshot, live, as_of)
    chosen = _select(live, "INTERNAL", true(), category=category_of(live), trend=live.trend)
    return chosen.where(live.account_id == account.account_id)


def _select(model: Any, audience: str, shows_score: Any, *, category: Any = None, trend: Any = None) -> Computed:
    category = cast(null(), Text()) if category is None else category
    trend = text("UNKNOWN") if trend is None else trend
    return select(*_columns(model, audience, shows_score=shows_score, category=category, trend=trend))


def _at(then: Computed, now: Computed, snapshot: Any, live: Any, as_of: Any) -> Computed:
    """The last score up to a day: the live one where its day is the latest, else the last revision of a closing one."""
    closing = (
        then.add_columns(literal_column("0", Integer()).label("live"))
        .where(snapshot.day <= as_of)
        .order_by(snapshot.day.desc(), snapshot.revision.desc())
        .limit(1)
    )
    current = now.add_columns(literal_column("1", Integer()).label("live")).where(live.day <= as_of)
    both = union_all(closing.subquery("closing").select(), current).subquery("at")
    return select(*both.c).order_by(never_null(both.c.as_of).desc(), never_null(both.c.live).desc()).limit(1)


def category_of(health: Any) -> Any:
    """SQL: the category that is forced now, else that of the band."""
    forced = (
        select(HealthOverride.category)
        .where(
            HealthOverride.account_id == health.account_id,
            HealthOverride.started_at <= now(),
            HealthOverride.ends_at > now(),
        )
        .order_by(HealthOverride.started_at.desc(), HealthOverride.id.desc())
        .limit(1)
        .correlate(health)
        .scalar_subquery()
    )
    return func.coalesce(forced, health.category, type_=Text())


def _forced(override: Any) -> Any:
    category = func.replace(func.initcap(override.category), text("_"), text(" "))
    return func.concat(category, text(": "), override.reason, type_=Text())


@node(HealthOverride, prefix="over", permission=Permission.ACCOUNTS_INTERNAL)
class HealthOverrideType(TimelineEntryType):
    """A category forced by an acute signal, beside the score and never folded into it."""

    happened_at: datetime = column(HealthOverride.started_at)
    """From when it holds, as of every entry of the time line."""
    sentence: str = sql(HealthOverride, _forced)
    """The category and why."""
    category: RetentionCategory
    """The category that holds meanwhile."""
    signal: str
    """What forced it."""
    reason: str
    """Why, in words."""
    started_at: datetime
    """From when it holds."""
    ends_at: datetime
    """Until when it holds."""
    is_in_force: bool = sql(HealthOverride, lambda o: and_(o.started_at <= now(), o.ends_at > now()))
    """Whether it holds now."""
