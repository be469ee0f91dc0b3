"""Applications as staff see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from backend.applications.models import Application, DocumentPolicy, RegisteredDocument
from backend.graphql.enums import describe
from backend.graphql.planner import Node, node, sql
from backend.permissions import Permission

describe(
    DocumentPolicy,
    "Which documents an application may send.",
    ANY="Any document within the limits.",
    REGISTERED="Only documents that were registered with `waymark documents push`.",
)


def _documents(application: type[Application], what: Any) -> Any:
    own = select(what).where(
        RegisteredDocument.application_id == application.id, RegisteredDocument.retired_at.is_(None)
    )
    return own.scalar_subquery()


@node(Application, prefix="app", permission=Permission.SYSTEM_READ)
class ApplicationType(Node):
    """A front end that somebody builds on this API."""

    name: str
    """Its name, which `waymark applications` uses."""
    origins: list[str]
    """Where its pages come from; browsers elsewhere are refused."""
    document_policy: DocumentPolicy
    """Which documents it may send."""
    points_per_second: int
    """Points of query cost that all its callers together gain each second."""
    document_count: int = sql(Application, lambda a: _documents(a, func.count()))
    """How many documents its latest release has."""
    released_at: datetime | None = sql(Application, lambda a: _documents(a, func.max(RegisteredDocument.released_at)))
    """When its documents were last released."""
    created_at: datetime
    """When it was made."""


def every_application(_system: Any) -> Select[Application]:
    """Those that were not removed."""
    return select(Application).where(Application.removed_at.is_(None))
