"""What counts in a score: its factors as sentences, and their groups."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Double, Integer, Text, and_, case, cast, func, literal_column, or_, select

from backend.graphql.planner import Computed, Decimal, never_null, row
from backend.health.graphql.expressions import points, share, spoken, text
from backend.health.measures import UNDIVIDED
from backend.health.models import FactorStatus, HealthLeaf


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
            HealthLeaf.measure,
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
    is_empty = or_(numerator.is_(None), and_(denominator.is_(None), leaf.c.measure.not_in(UNDIVIDED)))
    unheard = case((is_empty, leaf.c.nothing), else_=leaf.c.statement)
    filled: Any = _by_letter(letter, {"Z": leaf.c.nothing, "S": unheard}, leaf.c.statement)
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
