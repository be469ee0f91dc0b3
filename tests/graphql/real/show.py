"""A mutation that changes nothing: it answers with objects by their keys, which is how every mutation answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import strawberry
from strawberry import UNSET

from backend.graphql.mutation import Info, mutation, mutation_payload, payload
from backend.graphql.planner import decode_id, given

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.alerts.graphql import AlertType
    from backend.applications.graphql import ApplicationType
    from backend.billing.graphql import BillingFactType
    from backend.engagement.graphql import NoteType, PulseType, TouchpointType
    from backend.graphql.saved_views import SavedViewType
    from backend.graphql.system import AuditEntryType, WorkItemType
    from backend.graphql.timeline import AccountEventType
    from backend.health.graphql import HealthOverrideType
    from backend.identity.graphql import ApiKeyType, MemberType, PersonType, SessionType, StaffType
    from backend.ingest.graphql import EventRejectType, WriteKeyType
    from backend.notifications.graphql import NotificationType
    from backend.support.graphql import TicketType
    from backend.tasks.graphql import TaskType
    from backend.usage.graphql import SourceType
    from backend.webhooks.graphql import WebhookDeliveryType, WebhookEndpointType


@strawberry.input(description="What to show.")
class ShowInput:
    """What to show."""

    id: strawberry.ID
    ids: list[strawberry.ID]
    count: int | None = UNSET


@mutation_payload
class ShowPayload:
    """Objects at hand."""

    account: AccountType | None
    """The one with the id, as all of these."""
    alert: AlertType | None
    application: ApplicationType | None
    person: PersonType | None
    member: MemberType | None
    api_key: ApiKeyType | None
    staff: StaffType | None
    source: SourceType | None
    webhook_endpoint: WebhookEndpointType | None
    accounts: list[AccountType]
    """Those among the ids, as all of these."""
    alerts: list[AlertType]
    audit_entries: list[AuditEntryType]
    deliveries: list[WebhookDeliveryType]
    events: list[AccountEventType]
    facts: list[BillingFactType]
    members: list[MemberType]
    notes: list[NoteType]
    notifications: list[NotificationType]
    overrides: list[HealthOverrideType]
    persons: list[PersonType]
    pulses: list[PulseType]
    rejects: list[EventRejectType]
    saved_views: list[SavedViewType]
    sessions: list[SessionType]
    tasks: list[TaskType]
    tickets: list[TicketType]
    touchpoints: list[TouchpointType]
    work_items: list[WorkItemType]
    write_keys: list[WriteKeyType]
    count: int | None
    """The number that was given."""


ONE = {
    "account": "acct",
    "alert": "alert",
    "application": "app",
    "person": "prsn",
    "member": "mem",
    "api_key": "key",
    "staff": "staff",
    "source": "src",
    "webhook_endpoint": "hook",
}
"""Prefix of the ids by field."""
SOME = {
    "accounts": "acct",
    "alerts": "alert",
    "audit_entries": "audit",
    "deliveries": "dlv",
    "events": "evt",
    "facts": "fact",
    "members": "mem",
    "notes": "note",
    "notifications": "told",
    "overrides": "over",
    "persons": "prsn",
    "pulses": "pulse",
    "rejects": "reject",
    "saved_views": "view",
    "sessions": "sess",
    "tasks": "task",
    "tickets": "tick",
    "touchpoints": "touch",
    "work_items": "work",
    "write_keys": "wkey",
}
"""Likewise."""


@mutation()
async def show(info: Info, input: ShowInput) -> ShowPayload:  # noqa: A002 - its name in the schema
    """Answer with objects by their keys, as every mutation does, having changed nothing."""
    found: dict[str, Any] = {field: decode_id(input.id, prefix) for field, prefix in ONE.items()}
    for field, prefix in SOME.items():
        found[field] = [key for one in input.ids if (key := decode_id(one, prefix))]
    async with info.context.begin():
        return await payload(ShowPayload, info, **found, count=input.count if given(input.count) else None)
