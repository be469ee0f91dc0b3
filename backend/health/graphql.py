"""Health scores in the schema: two audiences, factors as sentences, history, versions of the model."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import strawberry
from sqlalchemy import (
    DateTime,
    Double,
    Integer,
    Numeric,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from strawberry import UNSET

from backend.accounts.models import HealthVisibility, Tier
from backend.graphql.days import From, To, between
from backend.graphql.enums import describe
from backend.graphql.planner import (
    Computed,
    Decimal,
    Node,
    column,
    connection,
    given,
    in_order,
    never_null,
    newest_first,
    node,
    row,
    sql,
    to_many,
)
from backend.health.models import (
    CurrentCustomerHealth,
    CurrentHealth,
    CustomerHealthSnapshot,
    FactorStatus,
    HealthBand,
    HealthLeaf,
    HealthModel,
    HealthOverride,
    HealthSnapshot,
    HealthWords,
    RetentionCategory,
    Trend,
)
from backend.permissions import Permission

POINT = 1_000_000.0
AsOf: TypeAlias = Annotated[
    date | None,
    strawberry.argument(
        description="The score at the close of that day, which is that of the last day before it that was scored; "
        "without it the live score."
    ),
]


class Audience(StrEnum):
    """For whom a score is computed."""

    CUSTOMER = "CUSTOMER"
    INTERNAL = "INTERNAL"


describe(
    Audience,
    "For whom a score is computed.",
    CUSTOMER="Over the factors that customers may see alone, so that nothing hidden follows by subtraction.",
    INTERNAL="Over every factor.",
)
describe(
    HealthBand,
    "The colour of a score.",
    GREEN="Healthy.",
    YELLOW="Worth a look.",
    RED="Needs help.",
    INSUFFICIENT_DATA="Too little is known for a score.",
)
describe(
    RetentionCategory,
    "Who needs action now.",
    SECURE="Nothing to do.",
    MONITOR="Keep an eye on it.",
    AT_RISK="Plan a step.",
    CRITICAL="Act now.",
)
describe(
    FactorStatus,
    "How a factor came to its value. Nothing reported (a real zero) and nothing connected are never confused.",
    MEASURED="Measured.",
    ZERO="A connected source reported nothing.",
    STALE="The source is silent; the last value is kept.",
    NO_SOURCE="No source for it is connected.",
    TOO_NEW="The account is too young.",
    NOT_APPLICABLE="It does not apply to this account.",
)
describe(
    Trend,
    "Which way a score went over 28 days.",
    RISING="Up, beyond the account's own noise.",
    STEADY="No change that stands out.",
    FALLING="Down, beyond the account's own noise.",
    UNKNOWN="Too few days.",
)
describe(
    HealthVisibility,
    "What the customers of a tier see of their health.",
    HIDDEN="Nothing.",
    WORDS="Words and sentences, no numbers of the score.",
    SCORE="The score with its factors.",
)


def points(micro: Any) -> Any:
    """SQL: micro-points as points with up to six decimals, exactly."""
    return cast(micro, Double()) / POINT


def share(millionths: Any) -> Any:
    """SQL: parts per million as a share of 1."""
    return cast(millionths, Double()) / POINT


def text(word: str) -> Any:
    """SQL: a constant of this module."""
    return literal_column(f"'{word}'", Text())


def spoken(number: Any, decimals: int = 1) -> Any:
    """SQL: a number as people read it, with at most so many decimals."""
    rounded = func.round(cast(number, Numeric()), decimals)
    return func.coalesce(cast(func.trim_scale(rounded, type_=Numeric()), Text()), text("?"))


# ---------- the score


def _leaves_of(score: Any) -> Any:
    """The leaves of a score's model under its profile, numbered as its arrays are."""
    return (
        select(
            HealthLeaf.key,
            HealthLeaf.name,
            HealthLeaf.group_key,
            HealthLeaf.group_name,
            HealthLeaf.weight,
            HealthLeaf.poor,
            HealthLeaf.healthy,
            HealthLeaf.unit,
            HealthLeaf.statement,
            HealthLeaf.nothing,
            cast(func.row_number().over(order_by=HealthLeaf.position), Integer).label("place"),
        )
        .where(
            HealthLeaf.model_version == score.model_version,
            HealthLeaf.profile == score.profile,
            or_(score.audience == text("INTERNAL"), HealthLeaf.is_customer_visible),
        )
        .subquery("leaf")
    )


def _by_letter(letter: Any, words: dict[str, Any], otherwise: Any) -> Any:
    """SQL: what belongs to the letter of a factor's status, which is looked at once."""
    return case(*((text(key), word) for key, word in words.items()), value=letter, else_=otherwise)


def _status(letter: Any) -> Any:
    words = {"M": "MEASURED", "Z": "ZERO", "S": "STALE", "N": "NO_SOURCE", "T": "TOO_NEW"}
    return _by_letter(letter, {key: text(word) for key, word in words.items()}, text("NOT_APPLICABLE"))


def _statement(leaf: Any, letter: Any, numerator: Any, denominator: Any) -> Any:
    value = case((denominator.is_(None), numerator), else_=numerator / func.nullif(denominator, 0.0, type_=Double()))
    filled: Any = _by_letter(letter, {"Z": leaf.c.nothing}, leaf.c.statement)
    for word, spelled in (
        ("numerator", spoken(numerator)),
        ("denominator", spoken(denominator)),
        ("value", spoken(value, 2)),
        ("percent", spoken(value * 100.0, 0).op("||")(text(" %"))),
    ):
        filled = func.replace(filled, text(f"{{{word}}}"), spelled, type_=Text())
    return _by_letter(
        letter,
        {
            "N": text("No source for this is connected"),
            "T": text("The account is too young to tell"),
            "X": text("This does not apply"),
        },
        filled.op("||")(_by_letter(letter, {"S": text(" when its source was last heard of")}, text(""))),
    )


def _shown(score: Any, expression: Any) -> Any:
    """A number that only those see whose tier shows the score itself."""
    return case((score.shows_score, expression))


def factors_of(score: Any) -> Computed:
    """The factors of a score, in the order of the model."""
    leaf = _leaves_of(score)
    place = leaf.c.place
    letter = func.substr(score.statuses, place, literal_column("1", Integer()))
    numerator, denominator = score.numerators[place], score.denominators[place]
    return (
        select(
            leaf.c.key,
            leaf.c.name,
            leaf.c.group_key,
            leaf.c.unit,
            _status(letter).label("status"),
            _statement(leaf, letter, numerator, denominator).label("statement"),
            numerator.label("numerator"),
            denominator.label("denominator"),
            _shown(score, leaf.c.poor).label("poor_anchor"),
            _shown(score, leaf.c.healthy).label("healthy_anchor"),
            _shown(score, points(score.normalised[place])).label("normalised"),
            _shown(score, share(leaf.c.weight)).label("nominal_weight"),
            _shown(score, share(score.weights[place])).label("effective_weight"),
            _shown(score, points(score.contributions[place])).label("contribution"),
        )
        .select_from(leaf)
        .order_by(never_null(place))
    )


def groups_of(score: Any) -> Computed:
    """The groups of a score, in the order of the model."""
    leaf = _leaves_of(score)
    weight = func.sum(score.weights[leaf.c.place])
    contribution = func.sum(score.contributions[leaf.c.place])
    return (
        select(
            leaf.c.group_key.label("key"),
            func.max(leaf.c.group_name).label("name"),
            _shown(score, share(func.sum(leaf.c.weight))).label("nominal_weight"),
            _shown(score, share(weight)).label("effective_weight"),
            _shown(score, points(contribution) / func.nullif(share(weight), 0.0)).label("score"),
            _shown(score, points(contribution)).label("contribution"),
        )
        .select_from(leaf)
        .group_by(leaf.c.group_key)
        .order_by(never_null(func.min(leaf.c.place)))
    )


@row()
class HealthFactorType:
    """One thing that counts in a score. Numbers that would give the score away are null where it is not shown."""

    key: str
    """The word for it in the program files."""
    name: str
    """Its name."""
    group_key: str
    """Key of its group."""
    unit: str
    """What the numerator counts."""
    status: FactorStatus
    """How it came to its value."""
    statement: str
    """The factor as a sentence."""
    numerator: Decimal | None
    """What was measured; null where nothing was."""
    denominator: Decimal | None
    """What it is measured against; null where nothing is."""
    poor_anchor: Decimal | None
    """The value that counts 0."""
    healthy_anchor: Decimal | None
    """The value that counts 100."""
    normalised: Decimal | None
    """0 to 100, before the weight."""
    nominal_weight: Decimal | None
    """Share of the whole by the model, 1 is all."""
    effective_weight: Decimal | None
    """Share of the whole after the weight of missing factors was given to the others."""
    contribution: Decimal | None
    """Points of the score that come from it; the contributions add up to the score exactly."""


@row()
class HealthGroupType:
    """Factors that belong together."""

    key: str
    """The word for it in the program files."""
    name: str
    """Its name."""
    nominal_weight: Decimal | None
    """Share of the whole by the model, 1 is all."""
    effective_weight: Decimal | None
    """Share of the whole after the weight of missing factors was given to the others."""
    score: Decimal | None
    """0 to 100 within the group; null where nothing of it counts."""
    contribution: Decimal | None
    """Points of the score that come from it."""


def _words(model: Any) -> Any:
    said = select(HealthWords.words).where(
        HealthWords.model_version == model.model_version, HealthWords.band == model.band
    )
    plain = case(
        (model.band == text("GREEN"), text("Going well")),
        (model.band == text("YELLOW"), text("Could be better")),
        (model.band == text("RED"), text("Needs attention")),
        else_=text("Not enough data yet"),
    )
    return func.coalesce(said.correlate(model).scalar_subquery(), plain, type_=Text())


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
        _words(model).label("words"),
        category.label("category"),
        trend.label("trend"),
        share(model.coverage).label("coverage"),
        model.model_version.label("model_version"),
        model.profile.label("profile"),
        shows_score.label("shows_score"),
        *(getattr(model, name).label(name) for name in _ARRAYS),
    ]


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
            HealthOverride.started_at <= _now(),
            HealthOverride.ends_at > _now(),
        )
        .order_by(HealthOverride.started_at.desc(), HealthOverride.id.desc())
        .limit(1)
        .correlate(health)
        .scalar_subquery()
    )
    return func.coalesce(forced, health.category, type_=Text())


def _now() -> Any:
    return func.waymark_now(type_=DateTime(timezone=True))


# ---------- history


@row()
class HealthPointType:
    """The closing score of one day."""

    on: date
    """The day."""
    score: Decimal | None
    """0 to 100; null where there was not enough data or the tier shows words only."""
    band: HealthBand
    """Its colour."""
    model_version: int
    """The version of the health model that computed it."""


def _history(model: Any, account_id: Any, shows: Any, first: Any, last: Any) -> Any:
    return (
        select(
            model.day.label("on"),
            case((shows, points(model.score))).label("score"),
            model.band.label("band"),
            model.model_version.label("model_version"),
        )
        .ext(distinct_on(model.day))
        .where(model.account_id == account_id, between(model.day, first, last))
        .order_by(never_null(model.day), never_null(model.revision).desc())
    )


def customer_history(account: Any, from_: From, to: To) -> Computed:
    """An account's closing scores as its customers see them; none where its tier hides them."""
    seen = visibility(account)
    rows = _history(CustomerHealthSnapshot, account.id, seen == text("SCORE"), from_, to)
    return _by_day(rows.where(seen != text("HIDDEN")))


def internal_history(account: Any, from_: From, to: To) -> Computed:
    """An account's closing scores as staff see them."""
    return _by_day(_history(HealthSnapshot, account.account_id, true(), from_, to))


def _by_day(rows: Any) -> Computed:
    days = rows.subquery("day")
    return select(*days.c).order_by(never_null(days.c.on))


# ---------- overrides and versions


@node(HealthOverride, prefix="over", permission=Permission.ACCOUNTS_INTERNAL)
class HealthOverrideType(Node):
    """A category forced by an acute signal, beside the score and never folded into it."""

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
    is_in_force: bool = sql(HealthOverride, lambda o: and_(o.started_at <= _now(), o.ends_at > _now()))
    """Whether it holds now."""


@row(HealthLeaf)
class HealthModelLeafType:
    """A leaf of a version of the health model."""

    key: str
    """The word for it in the program files."""
    name: str
    """Its name."""
    group_key: str
    """Key of its group."""
    weight: Decimal = sql(HealthLeaf, lambda leaf: share(leaf.weight))
    """Share of the whole, 1 is all."""
    poor_anchor: Decimal = column(HealthLeaf.poor)
    """The value that counts 0."""
    healthy_anchor: Decimal = column(HealthLeaf.healthy)
    """The value that counts 100."""
    unit: str
    """What is counted."""
    is_customer_visible: bool
    """Whether customers see it."""


def _default_leaves(model: type[HealthModel]) -> Select[HealthLeaf]:
    return select(HealthLeaf).where(HealthLeaf.model_version == model.version, HealthLeaf.profile == 0)


@row(HealthModel, permission=Permission.PROGRAM_READ)
class HealthModelVersionType:
    """A version of the health model. Versions are never changed."""

    version: int
    """Its number."""
    in_force_from: date | None
    """First day that is scored with it; null for the first version, which holds for all earlier days."""
    applied_at: datetime
    """When it was applied."""
    applied_by: str
    """Who applied it."""
    fingerprint: str
    """SHA-256 of its definition, in hex."""
    is_active: bool = sql(
        HealthModel,
        lambda m: ~exists(select(HealthModel.version).where(HealthModel.version > m.version)),
    )
    """Whether it is the newest one."""
    leaves: list[HealthModelLeafType] = to_many(_default_leaves, order_by=in_order(HealthLeaf.position))
    """Its leaves with the anchors of the default profile."""


@connection(HealthModelVersionType, order_by=newest_first(HealthModel.version), permission=Permission.PROGRAM_READ)
def health_model_versions() -> Select[HealthModel]:
    """[staff] Versions of the health model, newest first."""
    return select(HealthModel)
