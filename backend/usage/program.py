"""`metrics.yaml`: what is counted per account and day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from backend.accounts.program import FILE as TIERS_FILE
from backend.accounts.program import Tiers
from backend.db.engine import WriteSession
from backend.errors import Conflict
from backend.program.section import Key, Problem, Program, Section, Words, nearest
from backend.usage import models

FILE = "metrics.yaml"


class Metric(Section):
    """One metric."""

    name: Words
    unit: Annotated[str, StringConstraints(max_length=40)] = ""
    """What one of it is called in the plural: `conversations`."""
    description: Annotated[str, StringConstraints(max_length=2_000)] = ""
    scale: Annotated[int, Field(ge=0, le=9)] = 0
    """Decimal places: with scale 2, 12.34 is stored as 1234."""
    core: bool = False
    """Counts as a feature of the product, for adoption and for core use."""
    customer_visible: bool = True


class Metrics(Section):
    """The whole file."""

    metrics: Annotated[dict[Key, Metric], Field(min_length=1)]

    @property
    def core(self) -> tuple[str, ...]:
        """Keys of the core metrics, in the order of the file."""
        return tuple(key for key, metric in self.metrics.items() if metric.core)


def check(section: Metrics, program: Program) -> Iterator[Problem]:
    """Metrics that the tiers name must exist; a core feature must be a core metric."""
    for key, tier in program.section(Tiers).tiers.items():
        for metric in tier.limits:
            if metric not in section.metrics:
                yield Problem(("tiers", key, "limits", metric), unknown(metric, section), TIERS_FILE)
        for place, metric in enumerate(tier.core_features or ()):
            if metric not in section.metrics:
                yield Problem(("tiers", key, "core_features", place), unknown(metric, section), TIERS_FILE)
            elif not section.metrics[metric].core:
                yield Problem(
                    ("tiers", key, "core_features", place),
                    f"{metric} is not marked `core: true` in {FILE}. Mark it there, or remove it here.",
                    TIERS_FILE,
                )


def unknown(metric: str, section: Metrics) -> str:
    """The words of a problem: a metric that the program does not name."""
    return f"{metric} is no metric of {FILE}. {nearest(metric, section.metrics)}"


async def apply(session: WriteSession, section: Metrics, _program: Program) -> None:
    """Make `metrics` equal to the file. A metric that the file does not name any more is retired, never deleted.

    Raises Conflict when a scale changes, since the stored numbers would change their meaning.
    """
    scales = {row.key: row.scale for row in await session.execute(select(models.Metric.key, models.Metric.scale))}
    for key, metric in section.metrics.items():
        if scales.get(key, metric.scale) != metric.scale:
            raise Conflict(
                f"{FILE}: metrics.{key}.scale: is {scales[key]} in the database and {metric.scale} here; stored "
                "numbers would change their meaning. Keep the scale, or add a metric with another key."
            )
    rows = [
        {
            "key": key,
            "name": metric.name,
            "unit": metric.unit,
            "description": metric.description,
            "scale": metric.scale,
            "is_core": metric.core,
            "is_customer_visible": metric.customer_visible,
            "is_retired": False,
        }
        for key, metric in section.metrics.items()
    ]
    statement = insert(models.Metric).values(rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={name: statement.excluded[name] for name in rows[0] if name not in {"key", "scale"}},
        )
    )
    gone = models.Metric.key.not_in(list(section.metrics))
    await session.execute(update(models.Metric).where(gone).values(is_retired=True, is_core=False))
