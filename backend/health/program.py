"""`health.yaml`: what counts in health, how much, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.accounts.program import Tiers
from backend.db.engine import WriteSession
from backend.health import definition, next_actions, service
from backend.health.definition import POINT, WHOLE, Model
from backend.health.features import MOST_METRICS
from backend.health.measures import Breadth, Growth, LimitUse, Measure, metrics_of
from backend.health.next_actions import Action
from backend.program.section import Key, Problem, Program, Section, Words
from backend.usage.program import FILE as METRICS_FILE
from backend.usage.program import Metrics, unknown

FILE = "health.yaml"

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Points = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]
Anchor = Annotated[float, Field(ge=-1e12, le=1e12)]
Phrase = Annotated[str, StringConstraints(max_length=60)]


class Group(Section):
    """A group of leaves."""

    name: Words


class Leaf(Section):
    """One leaf."""

    name: Words
    group: Key
    weight: Points
    """Percent of the whole."""
    measure: Measure
    window: Annotated[int, Field(ge=1, le=366)]
    """Days."""
    poor: Anchor
    healthy: Anchor
    nothing_reported: Points
    """Points where a connected source has nothing to report."""
    unit: Annotated[str, StringConstraints(max_length=40)] = ""
    customer_visible: bool = True
    statement: Words
    nothing: Words
    change: Annotated[Words, StringConstraints(max_length=60)]
    """What the leaf is called in a change sentence."""
    change_denominator: Phrase = ""
    """What its denominator is called there; empty: it is not told."""
    actions: Annotated[dict[Key, Action], Field(max_length=10)] = Field(default_factory=dict)
    """What customers can do for it."""


class Anchors(Section):
    """Where a leaf's 0 and 100 points lie."""

    poor: Anchor
    healthy: Anchor


class Profile(Section):
    """Other anchors for some accounts."""

    younger_than_days: Annotated[int, Field(ge=1, le=10_000)] | None = None
    tiers: tuple[Key, ...] = ()
    anchors: Annotated[dict[Key, Anchors], Field(min_length=1)]


class BusinessDays(Section):
    """Which days are business days."""

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS[:5]
    holidays: tuple[date, ...] = ()


class Cuts(Section):
    """Where the bands meet, in points."""

    red_below: Points = Decimal(40)
    green_above: Points = Decimal(70)
    margin: Points = Decimal(2)
    at_risk_below: Points = Decimal(55)


class PortalWords(Section):
    """What customers read for each band."""

    green: Words
    yellow: Words
    red: Words
    insufficient_data: Words


class Health(Section):
    """The whole file."""

    groups: Annotated[dict[Key, Group], Field(min_length=1)]
    leaves: Annotated[dict[Key, Leaf], Field(min_length=1, max_length=60)]
    profiles: Annotated[dict[Key, Profile], Field(max_length=50)] = Field(default_factory=dict)
    business_days: BusinessDays = BusinessDays()
    cuts: Cuts = Cuts()
    minimum_coverage: Points = Decimal(50)
    """Percent of the weight that must be measured for a band."""
    words: PortalWords
    in_force_from: date | None = None
    """First day that is scored with a change of this file; left out: the day on which it is applied."""


def check(section: Health, program: Program) -> Iterator[Problem]:
    """Weights that do not sum to 100, anchors that meet, cuts in the wrong order, and names that nothing has."""
    total = sum(leaf.weight for leaf in section.leaves.values())
    if total != 100:
        yield Problem(("leaves",), f"the weights sum to {total}. Make them sum to 100.")
    for key, leaf in section.leaves.items():
        if leaf.group not in section.groups:
            yield Problem(
                ("leaves", key, "group"), f"{leaf.group} is no group. Write one of {', '.join(section.groups)}."
            )
        if leaf.poor == leaf.healthy:
            yield Problem(("leaves", key, "healthy"), "equals `poor`. Write another value for one of them.")
    for key, profile in section.profiles.items():
        for name, anchors in profile.anchors.items():
            if name not in section.leaves:
                yield Problem(("profiles", key, "anchors", name), "is no leaf. Write the key of one of `leaves`.")
            elif anchors.poor == anchors.healthy:
                yield Problem(("profiles", key, "anchors", name, "healthy"), "equals `poor`. Write another value.")
    cuts = section.cuts
    if not cuts.red_below + cuts.margin <= cuts.green_above or not cuts.green_above + cuts.margin <= 100:
        yield Problem(("cuts",), "red_below + margin must not pass green_above, nor green_above + margin 100.")
    if not cuts.red_below <= cuts.at_risk_below <= cuts.green_above:
        yield Problem(("cuts", "at_risk_below"), "must lie between red_below and green_above.")
    metrics, tiers = program.section(Metrics), program.section(Tiers)
    for key, leaf in section.leaves.items():
        for name in dict.fromkeys(metrics_of(leaf.measure)):
            if name not in metrics.metrics:
                yield Problem(("leaves", key, "measure"), unknown(name, metrics))
        if isinstance(leaf.measure, Breadth | Growth) and not (leaf.measure.metrics or metrics.core):
            yield Problem(("leaves", key, "measure"), f"{METRICS_FILE} marks no metric `core: true`. Mark some.")
        if isinstance(leaf.measure, Breadth) and len(leaf.measure.metrics or metrics.core) > MOST_METRICS:
            yield Problem(
                ("leaves", key, "measure"), f"counts more than {MOST_METRICS} metrics. List fewer under `metrics`."
            )
    yield from _check_actions(section, tiers)
    for key, profile in section.profiles.items():
        for place, tier in enumerate(profile.tiers):
            if tier not in tiers.tiers:
                yield Problem(("profiles", key, "tiers", place), f"{tier} is no tier. Known: {', '.join(tiers.tiers)}.")


def _check_actions(section: Health, tiers: Tiers) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for key, leaf in section.leaves.items():
        if leaf.actions and not leaf.customer_visible:
            yield Problem(("leaves", key, "actions"), "customers never see this leaf. Remove them.")
        for name in leaf.actions:
            if seen.setdefault(name, key) != key:
                yield Problem(("leaves", key, "actions", name), f"stands at {seen[name]} as well. Name it otherwise.")
        yield from next_actions.check(key, leaf.measure, leaf.actions, tiers)


def model(section: Health, tiers: Tiers, metrics: Metrics) -> Model:
    """The model that scoring reads, whole: the file with what it takes from tiers and metrics."""
    limited = tuple(dict.fromkeys(key for tier in tiers.tiers.values() for key in tier.limits))
    return Model(
        groups={key: group.name for key, group in section.groups.items()},
        leaves=tuple(_leaf(key, leaf, metrics.core, limited) for key, leaf in section.leaves.items()),
        profiles=tuple(
            definition.Profile(
                key=key,
                younger_than=profile.younger_than_days,
                tiers=profile.tiers,
                anchors={
                    name: definition.Anchors(poor=anchors.poor, healthy=anchors.healthy)
                    for name, anchors in profile.anchors.items()
                },
            )
            for key, profile in section.profiles.items()
        ),
        tiers=tuple(
            definition.Tier(key=key, offers=tier.core_features, limits=dict(tier.limits))
            for key, tier in tiers.tiers.items()
        ),
        weekdays=tuple(WEEKDAYS.index(day) + 1 for day in section.business_days.weekdays),
        holidays=section.business_days.holidays,
        cuts=definition.Cuts(
            red=_micro(section.cuts.red_below),
            green=_micro(section.cuts.green_above),
            margin=_micro(section.cuts.margin),
            at_risk=_micro(section.cuts.at_risk_below),
        ),
        minimum_coverage=int(section.minimum_coverage * WHOLE / 100),
        words={band.upper(): text for band, text in section.words.model_dump().items()},
    )


def _leaf(key: str, leaf: Leaf, core: tuple[str, ...], limited: tuple[str, ...]) -> definition.Leaf:
    measure = leaf.measure
    if isinstance(measure, Breadth | Growth) and measure.metrics is None:
        measure = measure.model_copy(update={"metrics": core})
    if isinstance(measure, LimitUse) and measure.metrics is None:
        # Where no tier limits anything, subscriptions may limit each core metric.
        measure = measure.model_copy(update={"metrics": limited or core})
    return definition.Leaf(
        key=key,
        name=leaf.name,
        group=leaf.group,
        weight=int(leaf.weight * WHOLE / 100),
        measure=measure,
        window=leaf.window,
        poor=leaf.poor,
        healthy=leaf.healthy,
        unit=leaf.unit,
        empty=_micro(leaf.nothing_reported),
        visible=leaf.customer_visible,
        statement=leaf.statement,
        nothing=leaf.nothing,
        change=leaf.change,
        change_denominator=leaf.change_denominator,
    )


def _micro(points: Decimal) -> int:
    return int(points * POINT)


async def apply(session: WriteSession, section: Health, program: Program) -> None:
    """Make a new version of the model where the section, or what it takes from tiers and metrics, has changed."""
    made = model(section, program.section(Tiers), program.section(Metrics))
    await service.new_version(session, made, applied_by=program.applied_by, in_force_from=section.in_force_from)
    await next_actions.apply(session, ((key, leaf.actions) for key, leaf in section.leaves.items()))


__all__ = ["FILE", "Health", "apply", "check", "model"]
