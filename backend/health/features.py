"""What the leaves of a model need to know of an account on a day: counted facts, each a column of the scoring SQL.

`plan` lists the features of a model and gives every leaf its numerator and denominator over them. Two compilers turn
the same features into SQL: `one_day` by plain aggregates, `many_days` by prefix sums over a span of days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backend.health.definition import Leaf, Model
from backend.health.measures import (
    ActiveShare,
    Breadth,
    DaysSince,
    Growth,
    LimitUse,
    MeanSentiment,
    MilestonesOnTime,
    OverdueDays,
    Participation,
    RatePerMembers,
    Ratio,
    Regularity,
    Total,
)

AnyOf = tuple[int, ...] | None
"""Metric ids; None is every metric."""


@dataclass(frozen=True)
class Feature:
    """A number of an account, as of the end of a day."""

    end: date | None
    """Last day of the window where the leaf's source went silent; None: the day that is scored."""
    days: int
    """Length of the window; facts before the account's first day never count."""


@dataclass(frozen=True)
class Uses(Feature):
    """Sum of metrics in the window that ends `offset` days before the end."""

    metrics: tuple[int, ...]
    offset: int = 0


@dataclass(frozen=True)
class UsedDays(Feature):
    """Business days on which any of the metrics is above 0."""

    metrics: AnyOf


@dataclass(frozen=True)
class UsedMetrics(Feature):
    """Which of the metrics were above 0 on some day of the window, a bit each: `bit(place)`."""

    metrics: tuple[int, ...]


PACKED = 4
"""Counters that a float8, exact to 53 bits, carries through running sums."""
COUNTER = 12
"""Bits of such a counter."""
MOST_METRICS = PACKED * COUNTER


def bit(place: int) -> int:
    """The bit of the metric at a place: counters lie COUNTER bits apart, and each word of them is shifted by one."""
    return 1 << (place % PACKED * COUNTER + place // PACKED)


@dataclass(frozen=True)
class LastUse(Feature):
    """Days from the last day of the window with a report above 0 to its end; empty without one."""

    metrics: tuple[int, ...]


@dataclass(frozen=True)
class PeakUsers(Feature):
    """The largest number of users that one report of the window counted: a lower bound of the active members."""

    metrics: AnyOf


@dataclass(frozen=True)
class Persons(Feature):
    """Distinct members active in the window."""

    metrics: AnyOf


@dataclass(frozen=True)
class ActiveDays(Feature):
    """Active members summed over the business days on which seats were in force."""


@dataclass(frozen=True)
class SeatDays(Feature):
    """Business days on which seats were in force."""


@dataclass(frozen=True)
class Seats(Feature):
    """Millionths of ramped seats summed over the business days on which any were in force."""

    ramp: int


@dataclass(frozen=True)
class Tickets(Feature):
    """Judged tickets opened in the window."""


@dataclass(frozen=True)
class Sentiment(Feature):
    """Their sentiments summed, in millionths."""


@dataclass(frozen=True)
class Overdue(Feature):
    """Days that the oldest open invoice is overdue at the end; empty without one."""


@dataclass(frozen=True)
class Limit(Feature):
    """Quantity of a metric that the subscriptions in force at the end include; empty without one."""

    metric: str


@dataclass(frozen=True)
class LeafSql:
    """A leaf over the columns of the features. `numerator` may be null only where `applies` is false or it is empty."""

    numerator: str
    denominator: str | None
    applies: str
    empty: str
    """True where nothing was reported."""


@dataclass(frozen=True)
class Conditions:
    """What holds for the whole organization on the scored day, and is the same for every account."""

    connected: tuple[bool, ...]
    """Leaf by leaf: has a source ever fed it?"""
    fallback: frozenset[int]
    """Leaves of regularity that count any use, since none of their metrics has a source."""
    fed: frozenset[str]
    """Keys of the metrics that have a source."""
    ends: tuple[date | None, ...]
    """Leaf by leaf: the last day of a silent source, None while it speaks."""


@dataclass(frozen=True)
class MetricIds:
    """Ids and decimal places of the metrics that the database knows."""

    ids: Mapping[str, int]
    scales: Mapping[str, int]

    def of(self, keys: Sequence[str]) -> tuple[int, ...]:
        """Ids of the known ones among some keys."""
        return tuple(self.ids[key] for key in keys if key in self.ids)


@dataclass(frozen=True)
class Plan:
    """The features of a model under some conditions, and its leaves over them."""

    model: Model
    conditions: Conditions
    features: tuple[Feature, ...]
    leaves: tuple[LeafSql, ...]

    def column(self, feature: Feature) -> str:
        """Name of a feature's column."""
        return f"f{self.features.index(feature)}"

    def of(self, kind: type[Feature]) -> list[Feature]:
        """The features of a kind."""
        return [feature for feature in self.features if type(feature) is kind]

    @property
    def lookback(self) -> int:
        """Days before the end that the longest window needs."""
        return max((reach(feature) for feature in self.features), default=1)


def reach(feature: Feature) -> int:
    """Days, the end included, that a feature looks back."""
    match feature:
        case Uses():
            return feature.days + feature.offset
        case Seats():
            return feature.days + feature.ramp
        case _:
            return feature.days


def plan(model: Model, conditions: Conditions, metrics: MetricIds) -> Plan:
    """The features that a model needs under some conditions."""
    features: list[Feature] = []
    leaves = [
        _leaf(place, leaf, model, conditions, metrics, features) if conditions.connected[place] else NO_SOURCE
        for place, leaf in enumerate(model.leaves)
    ]
    return Plan(model, conditions, tuple(features), tuple(leaves))


NO_SOURCE = LeafSql("null::float8", None, "false", "false")


def _leaf(
    place: int,
    leaf: Leaf,
    model: Model,
    conditions: Conditions,
    metrics: MetricIds,
    features: list[Feature],
) -> LeafSql:
    end, days, measure = conditions.ends[place], leaf.window, leaf.measure

    def add(feature: Feature) -> str:
        if feature not in features:
            features.append(feature)
        return f"f{features.index(feature)}"

    def members(of: AnyOf, window: int) -> str:
        return f"greatest({add(PeakUsers(end, window, of))}, {add(Persons(end, window, of))})"

    def total(keys: Sequence[str], offset: int = 0) -> str:
        parts: dict[int, list[int]] = {}
        for key in keys:
            if key in metrics.ids:
                parts.setdefault(metrics.scales[key], []).append(metrics.ids[key])
        sums = [
            add(Uses(end, days, tuple(ids), offset)) + (f" / {float(10**scale)!r}::float8" if scale else "")
            for scale, ids in parts.items()
        ]
        return f"({' + '.join(sums)})" if sums else "0::float8"

    match measure:
        case ActiveShare():
            active, count = add(ActiveDays(end, days)), add(SeatDays(end, days))
            seats = add(Seats(end, days, measure.ramp_days))
            return LeafSql(
                f"{active}::float8 / nullif({count}, 0)",
                f"{seats}::float8 / 1000000::float8 / nullif({count}, 0)",
                f"{seats} > 0",
                f"{active} = 0",
            )
        case Breadth():
            keys = [key for key in measure.metrics or () if key in metrics.ids]
            used = add(UsedMetrics(end, days, metrics.of(keys)))
            offered = [
                sum(bit(n) for n, key in enumerate(keys) if key in conditions.fed and _offers(model, tier, key))
                for tier in range(len(model.tiers) + 1)
            ]
            count = _by_tier([str(mask.bit_count()) for mask in offered])
            sum_ = f"bit_count(({used} & {_by_tier([f'{mask}::bigint' for mask in offered])})::bit(64))"
            return LeafSql(f"{sum_}::float8", f"({count})::float8", f"({count}) > 0", f"{sum_} = 0")
        case Regularity():
            ids = None if place in conditions.fallback else metrics.of(measure.metrics or ())
            used_days = add(UsedDays(end, days, ids))
            return LeafSql(
                f"{used_days}::float8",
                f"business_{_since(end)}_{days}::float8",
                f"business_{_since(end)}_{days} > 0",
                f"{used_days} = 0",
            )
        case MeanSentiment():
            count, sum_ = add(Tickets(end, days)), add(Sentiment(end, days))
            return LeafSql(f"{sum_}::float8 / 1000000::float8", f"nullif({count}, 0)::float8", "true", f"{count} = 0")
        case RatePerMembers():
            sum_, people = total(measure.metrics), members(None, measure.members_window)
            return LeafSql(
                sum_, f"greatest({people}, 1)::float8 / {float(measure.per)!r}::float8", "true", f"{sum_} <= 0"
            )
        case Participation():
            some, people = members(metrics.of(measure.metrics), days), members(None, days)
            return LeafSql(f"{some}::float8", f"nullif({people}, 0)::float8", "true", f"{some} = 0")
        case OverdueDays():
            overdue = add(Overdue(end, days))
            return LeafSql(f"{overdue}::float8", None, "true", f"{overdue} is null")
        case Growth():
            now, before = total(measure.metrics or ()), total(measure.metrics or (), days)
            return LeafSql(now, before, f"{before} > 0", f"{now} <= 0")
        case LimitUse():
            return _limit_use(measure, model, end, days, metrics, add)
        case Total():
            sum_ = total(measure.metrics)
            return LeafSql(sum_, None, "true", f"{sum_} = 0")
        case Ratio():
            sum_, over = total(measure.metrics), total(measure.over)
            return LeafSql(sum_, over, f"{over} > 0", f"{sum_} = 0")
        case DaysSince():
            last = add(LastUse(end, days, metrics.of(measure.metrics)))
            return LeafSql(f"{last}::float8", None, "true", f"{last} is null")
        case MilestonesOnTime():
            return NO_SOURCE


def _limit_use(measure, model, end, days, metrics, add) -> LeafSql:  # type: ignore[no-untyped-def]
    uses, limits = [], []
    for key in measure.metrics or ():
        if key not in metrics.ids:
            continue
        uses.append(add(Uses(end, days, metrics.of([key]))))
        included = _by_tier(
            [
                "null::float8",
                *(
                    f"{float(tier.limits[key])!r}::float8" if key in tier.limits else "null::float8"
                    for tier in model.tiers
                ),
            ]
        )
        scale = f" * {float(10 ** metrics.scales[key])!r}::float8" if metrics.scales[key] else ""
        limits.append(f"(coalesce({add(Limit(end, days, key))}::float8, {included}){scale})")
    if not uses:
        return LeafSql("null::float8", None, "false", "false")
    if len(uses) == 1:
        return LeafSql(uses[0], limits[0], f"{limits[0]} <> 0", f"{uses[0]} = 0")
    ratios = [f"({use} / nullif({limit}, 0))" for use, limit in zip(uses, limits, strict=True)]
    highest = f"greatest({', '.join(ratios)})"
    return LeafSql(
        "case " + " ".join(f"when {r} = {highest} then {u}" for r, u in zip(ratios, uses, strict=True)) + " end",
        "case " + " ".join(f"when {r} = {highest} then {q}" for r, q in zip(ratios, limits, strict=True)) + " end",
        f"{highest} is not null",
        f"{highest} = 0",
    )


def _offers(model: Model, tier: int, key: str) -> bool:
    offers = model.tiers[tier - 1].offers if tier else None
    return offers is None or key in offers


def _by_tier(choices: list[str]) -> str:
    """A value by the account's tier; the first of the choices is for none."""
    if len(set(choices)) == 1:
        return choices[0]
    cases = " ".join(f"when {tier} then {choice}" for tier, choice in enumerate(choices) if tier)
    return f"(case tier {cases} else {choices[0]} end)"


def _since(end: date | None) -> str:
    return end.strftime("%Y%m%d") if end else "day"


def business_windows(made: Plan) -> list[tuple[date | None, int]]:
    """Windows whose business days the leaves divide by: columns `business_<end>_<days>`."""
    return list(
        dict.fromkeys(
            (made.conditions.ends[place], leaf.window)
            for place, leaf in enumerate(made.model.leaves)
            if isinstance(leaf.measure, Regularity) and made.conditions.connected[place]
        )
    )


def business_column(end: date | None, days: int) -> str:
    """Name of the column with the business days of a window, cut at the account's first day."""
    return f"business_{_since(end)}_{days}"


def first_day(feature: Feature, day: date) -> date:
    """First day of a feature's window."""
    offset = feature.offset if isinstance(feature, Uses) else 0
    return (feature.end or day) - timedelta(days=feature.days + offset - 1)


def last_day(feature: Feature, day: date) -> date:
    """Last day of a feature's window."""
    offset = feature.offset if isinstance(feature, Uses) else 0
    return (feature.end or day) - timedelta(days=offset)
