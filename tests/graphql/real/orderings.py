"""The order of every list of rows in the product's schema, written down once more from what its descriptions say."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from backend.accounts.models import AccountInternal
from backend.health.models import CurrentHealth
from tests.graphql.planner.orderings import Descending
from tests.graphql.real.crowd import WORDS

TYPED = [*WORDS, "", "%", "ACME", "admin@", "Zenith", "business"]
"""What is searched for; the place of what is found depends on it."""

UP: dict[str, tuple[str, ...]] = {
    "Person.memberships": ("joined_on", "id"),
    "Organization.tiers": ("rank", "key"),
    "Organization.stages": ("position", "key"),
    "Organization.metrics": ("key",),
    "Account.children": ("name", "id"),
    "Account.members": ("joined_on", "id"),
    "Account.subscriptions": ("starts_on", "id"),
    "AccountInternal.owners": ("role_key", "account_id"),
    "AccountInternal.dataSources": ("key",),
    "Source.feeds": ("feed", "source_id"),
    "Ingestion.writeKeys": ("name", "id"),
    "HealthModelVersion.leaves": ("position", "model_version", "profile"),
    "System.applications": ("name", "id"),
    "System.webhookEndpoints": ("id",),
    "Query.people": ("id",),
    "Query.staff": ("id",),
    "Query.search": ("rank", "kind", "title", "found_id"),
    "Query.accounts": ("name", "id"),
    "Query.savedViews": ("name", "id"),
    "Query.traits": ("position", "key"),
    "Query.ownerRoles": ("position", "key"),
    "Query.sources": ("key",),
    "Query.alertRules": ("key",),
}
"""Columns of the listed rows, the smallest value first."""
FEEDS: dict[str, dict[str, str]] = {
    "AccountInternal.timeline": {
        "AccountEvent": "occurred_at",
        "Alert": "opened_at",
        "BillingFact": "occurred_at",
        "HealthOverride": "started_at",
        "Note": "created_at",
        "Pulse": "created_at",
        "Ticket": "opened_at",
        "Touchpoint": "occurred_at",
    },
}
"""Lists of several types, newest first: the column of each that decides. Of equal ones that with the larger key comes
first, then that of the later type in the alphabet."""
DOWN: dict[str, tuple[str, ...]] = {
    "Viewer.sessions": ("id",),
    "Viewer.notifications": ("created_at", "id"),
    "AccountInternal.pulses": ("created_at", "id"),
    "AccountInternal.notes": ("created_at", "id"),
    "AccountInternal.touchpoints": ("occurred_at", "id"),
    "AccountInternal.overrides": ("started_at", "id"),
    "AccountInternal.billingTimeline": ("occurred_at", "id"),
    "Account.invoices": ("issued_on", "id"),
    "AccountInternal.invoices": ("issued_on", "id"),
    "AccountInternal.tickets": ("opened_at", "id"),
    "Ingestion.rejects": ("id",),
    "Ingestion.unresolved": ("id",),
    "Alert.occurrences": ("occurred_at", "rule_key", "occurrence_id"),
    "WebhookEndpoint.deliveries": ("created_at", "id"),
    "System.work": ("id",),
    "System.audit": ("id",),
    "Query.apiKeys": ("id",),
    "System.apiKeys": ("id",),
    "Query.inboundMails": ("id",),
    "Query.healthModelVersions": ("version",),
    "System.programVersions": ("number",),
    "Query.alerts": ("opened_at", "id"),
    "Query.alertGroups": ("rank", "newest_at", "account_id"),
    "AlertGroup.alerts": ("opened_at", "id"),
    "Revenue.movements": ("on", "account_id", "currency"),
}
"""Likewise, the largest value first."""
TASKS = ("Query.tasks", "Query.myTasks", "AccountInternal.tasks")
VARIANTS: dict[str, list[str]] = {
    **{
        field: [f"orderBy: {{field: {key}, direction: {way}}}" for key in ("DUE", "CREATED") for way in ("ASC", "DESC")]
        for field in TASKS
    },
    "Query.accounts": [
        "",
        *(
            f"orderBy: {{field: {key}, direction: {way}}}"
            for key in ("NAME", "HEALTH", "HEALTH_CHANGE", "MRR", "RENEWS_ON", "LAST_TOUCH")
            for way in ("ASC", "DESC", "ASC, window: DAYS_30", "DESC, window: DAYS_30")
            if key == "HEALTH_CHANGE" or "window" not in way
        ),
    ],
    "Query.search": [f"text: {json.dumps(typed)}" for typed in TYPED],
    "AccountInternal.notes": ["areDeleted: false", "areDeleted: true"],
    "Query.inboundMails": ["", "state: LOGGED"],
    "Portfolio.movers": [
        f"direction: {way}, window: {window}" for way in ("RISING", "FALLING") for window in ("DAYS_7", "DAYS_30")
    ],
}
"""The arguments that lead to each order, or to all rows, of a connection that has several."""


def ordering_of(parent: str, field: str, arguments: dict[str, Any]) -> str:
    """The name of the order that a list has for some arguments."""
    name = f"{parent}.{field}"
    order = arguments.get("orderBy") or {}
    if name in TASKS:
        return f"tasks {order.get('field', 'DUE')} {order.get('direction', 'ASC')}"
    if name == "Query.accounts" and order:
        made = f"{name} {order['field']} {order.get('direction', 'DESC')}"
        return f"{made} {order.get('window', 'DAYS_7')}" if order["field"] == "HEALTH_CHANGE" else made
    if name == "Portfolio.movers":
        return f"{name} {arguments['direction']} {arguments.get('window', 'DAYS_7')}"
    return name


def key_of(ordering: str, visible: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """The sort key of a row in an order. `visible` finds the row of a model by its key, for orders by another table."""
    if ordering in UP:
        return lambda row: tuple(getattr(row, f"{name}_") for name in UP[ordering])
    if ordering in DOWN:
        return lambda row: Descending(tuple(getattr(row, f"{name}_") for name in DOWN[ordering]))
    list_name, word, *way = ordering.split()
    direction = way[0] if list_name != "Portfolio.movers" else "DESC" if word == "RISING" else "ASC"
    turned = Descending if direction == "DESC" else lambda value: value
    if list_name == "Portfolio.movers":
        column = "change_7" if way[0] == "DAYS_7" else "change_30"
        return lambda row: turned((getattr(visible(CurrentHealth, row.id_), f"{column}_"), row.id_))
    if list_name == "tasks":
        never = date.min if direction == "DESC" else date.max
        return lambda row: turned((row.created_at_ if word == "CREATED" else row.due_on_ or never, row.id_))
    return _of_accounts(word, turned, way, visible)


def _of_accounts(word: str, turned: Any, way: list[str], visible: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    def inside(row: Any, column: str, otherwise: Any) -> Any:
        internal = visible(AccountInternal, row.id_)
        value = None if internal is None else getattr(internal, f"{column}_")
        return otherwise if value is None else value

    def health(row: Any) -> Any:
        found = visible(CurrentHealth, row.id_)
        return (True, turned((0, row.id_))) if found is None else (False, turned((found.sort_score_, row.id_)))

    def change(row: Any) -> Any:
        found = visible(CurrentHealth, row.id_)
        return 0 if found is None else found.change_7_ if way[1] == "DAYS_7" else found.change_30_

    keys: dict[str, Callable[[Any], Any]] = {
        "NAME": lambda row: turned((row.name_, row.id_)),
        "HEALTH": health,
        "HEALTH_CHANGE": lambda row: turned((change(row), row.id_)),
        "MRR": lambda row: turned((inside(row, "mrr_minor", 0), row.id_)),
        "RENEWS_ON": lambda row: turned((inside(row, "renews_on", date.max), row.id_)),
        "LAST_TOUCH": lambda row: turned((inside(row, "last_touch_at", datetime.min.replace(tzinfo=UTC)), row.id_)),
    }
    return keys[word]
