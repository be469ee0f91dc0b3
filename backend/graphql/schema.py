"""The schema: everything that features declare, assembled once a process."""

from __future__ import annotations

from functools import cache
from typing import Literal

from backend.accounts import graphql as accounts
from backend.accounts import mutations as account_mutations
from backend.alerts import graphql as alerts
from backend.applications import graphql as applications
from backend.applications import mutations as application_mutations
from backend.billing import graphql as billing
from backend.db.access import EVERY_ROW, TABLES
from backend.engagement import graphql as engagement
from backend.engagement import mutations as engagement_mutations
from backend.graphql import (
    access,
    customer_health_change,
    customer_home,
    demo,
    health_change,
    health_tuning,
    limits,
    money,
    own_data,
    portal,
    revenue,
    saved_views,
    search,
    setup_steps,
    stages,
    system,
    timeline,
    today,
)
from backend.graphql.live import roots as live
from backend.graphql.planner import Assembled, assemble, check
from backend.health import graphql as health
from backend.identity import graphql as identity
from backend.identity import mutations as identity_mutations
from backend.ingest import graphql as ingest
from backend.ingest import mutations as ingest_mutations
from backend.notifications import graphql as notifications
from backend.reports import graphql as reports
from backend.support import graphql as support
from backend.tasks import graphql as tasks
from backend.tasks import mutations as task_mutations
from backend.usage import graphql as usage
from backend.webhooks import graphql as webhooks

MODULES = (
    money,
    identity,
    identity_mutations,
    applications,
    application_mutations,
    access,
    accounts,
    account_mutations,
    engagement,
    engagement_mutations,
    tasks,
    notifications,
    task_mutations,
    usage,
    ingest,
    ingest_mutations,
    billing,
    health,
    health_change,
    health_tuning,
    customer_health_change,
    customer_home,
    limits,
    alerts,
    reports,
    revenue,
    saved_views,
    portal,
    own_data,
    search,
    setup_steps,
    timeline,
    today,
    stages,
    support,
    webhooks,
    system,
    demo,
    live,
)


@cache
def schema() -> Assembled:
    """The schema with what each field means. Raises DeclarationError with every fault that requests would meet."""
    assembled = assemble(*MODULES)
    check(assembled, _may_hide)
    return assembled


def _may_hide(table: str, kind: Literal["member", "staff"]) -> bool:
    return kind == "member" and (table not in TABLES or TABLES[table].member != EVERY_ROW)


HEADER = "# The GraphQL schema of Waymark. Written by `waymark schema export --output schema.graphql`.\n\n"


def sdl() -> str:
    """The schema with its descriptions, as `schema.graphql` has it."""
    return HEADER + schema().strawberry.as_str().strip() + "\n"
