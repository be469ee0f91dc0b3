"""Versions of the health model."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, Select, cast, exists, select

from backend.graphql.planner import Decimal, column, connection, in_order, newest_first, row, sql, to_many
from backend.health.graphql.expressions import points, share
from backend.health.models import HealthLeaf, HealthModel
from backend.permissions import Permission


def _defined(leaf: Any, *path: str) -> Any:
    """What the definition of the model says of a leaf, as text."""
    found: Any = HealthModel.definition["leaves"][leaf.position - 1]
    for name in path:
        found = found[name]
    return select(found.astext).where(HealthModel.version == leaf.model_version).scalar_subquery()


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
    window_days: int | None = sql(HealthLeaf, lambda leaf: cast(_defined(leaf, "window"), Integer()))
    """Days that it looks back over."""
    measure: str | None = sql(HealthLeaf, lambda leaf: _defined(leaf, "measure", "kind"))
    """What kind of measure it is; docs/health.md lists them."""
    nothing_reported: Decimal | None = sql(HealthLeaf, lambda leaf: points(cast(_defined(leaf, "empty"), Integer())))
    """The points where a connected source has nothing to report."""
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
