"""What Waymark itself is doing, who did what with it, and what is built on it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Select, Text, and_, case, func, literal_column, select
from strawberry import UNSET

from backend.accounts.models import Account
from backend.applications.graphql import every_application
from backend.applications.models import Application
from backend.graphql.enums import describe
from backend.graphql.mutation import Info, key_in, mutation, mutation_payload, payload
from backend.graphql.planner import (
    JSON,
    Connection,
    Node,
    given,
    in_order,
    key_of,
    newest_first,
    node,
    one,
    row,
    same_row,
    sql,
    to_many,
    to_one,
)
from backend.identity import audit
from backend.identity.models import AuditEntry, Organization, Person
from backend.ingest.graphql import IngestionType
from backend.permissions import Permission
from backend.webhooks.graphql import every_endpoint
from backend.webhooks.models import WebhookEndpoint
from backend.work import Queue, WorkItem, service

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.applications.graphql import ApplicationType
    from backend.identity.graphql import PersonType
    from backend.webhooks.graphql import WebhookEndpointType


class WorkState(StrEnum):
    """Where an item of work stands."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    PARKED = "PARKED"


describe(
    WorkState,
    "Where an item of work stands.",
    WAITING="Due, or due later.",
    RUNNING="A worker holds it.",
    FINISHED="Done.",
    PARKED="Given up after its retries; `rerunWorkItem` has it tried again.",
)
describe(
    Queue,
    "Which worker processes do a kind of work.",
    CRITICAL="What people wait for.",
    DEFAULT="Everything else.",
    BULK="Imports, scoring of many days, training.",
)


def _state(item: Any) -> Any:
    def word(state: WorkState) -> Any:
        return literal_column(f"'{state.value}'", Text())

    return case(
        (item.finished_at.is_not(None), word(WorkState.FINISHED)),
        (item.parked_at.is_not(None), word(WorkState.PARKED)),
        (item.lease_until.is_not(None), word(WorkState.RUNNING)),
        else_=word(WorkState.WAITING),
    )


def _queue(item: Any) -> Any:
    return func.upper(item.queue, type_=Text())


@node(WorkItem, prefix="work", permission=Permission.SYSTEM_READ)
class WorkItemType(Node):
    """One thing to do, written in the transaction that asked for it."""

    kind: str
    """What is to be done, such as health.score."""
    state: WorkState = sql(WorkItem, _state)
    """Where it stands."""
    queue: Queue = sql(WorkItem, _queue)
    """Which worker processes do it."""
    attempts: int
    """How often it was begun."""
    run_at: datetime
    """When it is or was due."""
    last_error: str | None
    """Why the last attempt failed."""
    created_at: datetime
    """When it was asked for."""
    finished_at: datetime | None
    """When it was done."""
    parked_at: datetime | None
    """When it was given up."""


def _work(
    _system: Any,
    state: Annotated[WorkState | None, strawberry.argument(description="Only items in this state.")] = UNSET,
    kind: Annotated[str | None, strawberry.argument(description="Only items of this kind.")] = UNSET,
) -> Select[WorkItem]:
    chosen = select(WorkItem)
    if given(kind):
        chosen = chosen.where(WorkItem.kind == kind)
    if given(state):
        is_open = and_(WorkItem.finished_at.is_(None), WorkItem.parked_at.is_(None))
        chosen = chosen.where(
            {
                WorkState.FINISHED: WorkItem.finished_at.is_not(None),
                WorkState.PARKED: and_(WorkItem.finished_at.is_(None), WorkItem.parked_at.is_not(None)),
                WorkState.RUNNING: and_(is_open, WorkItem.lease_until.is_not(None)),
                WorkState.WAITING: and_(is_open, WorkItem.lease_until.is_(None)),
            }[state]
        )
    return chosen


class AuditActor(StrEnum):
    """What kind of credential acted."""

    STAFF = "STAFF"
    MEMBER = "MEMBER"
    API_KEY = "API_KEY"
    COMMAND_LINE = "COMMAND_LINE"


describe(
    AuditActor,
    "What kind of credential acted.",
    STAFF="Somebody of the staff.",
    MEMBER="A person of a customer.",
    API_KEY="An API key.",
    COMMAND_LINE="Whoever has a shell on the server.",
)


def _actor(entry: Any) -> Any:
    return func.upper(func.replace(entry.actor, literal_column("' '"), literal_column("'_'")), type_=Text())


@node(AuditEntry, prefix="audit", permission=Permission.SYSTEM_READ)
class AuditEntryType(Node):
    """Something that somebody did. Never changed; it holds ids and states, never names or texts."""

    actor: AuditActor = sql(AuditEntry, _actor)
    """What kind of credential acted."""
    person: PersonType | None = to_one(lambda entry: select(Person).where(Person.id == entry.actor_person_id))
    """Who acted; null for an API key and the command line."""
    action: str
    """What was done, in the past tense, such as member.removed."""
    subject: str | None
    """With what: its kind and key, such as member:0198c0de-…."""
    account: AccountType | None = to_one(lambda entry: select(Account).where(Account.id == entry.account_id))
    """On whose behalf, or whose data it was."""
    before: JSON | None
    """What was, by name."""
    after: JSON | None
    """What is, by name."""
    at: datetime
    """When."""


def _audit(
    _system: Any,
    account_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only of this account.")] = UNSET,
    person_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only by this person.")] = UNSET,
    action: Annotated[str | None, strawberry.argument(description="Only this action.")] = UNSET,
) -> Select[AuditEntry]:
    chosen = select(AuditEntry)
    if given(account_id):
        chosen = chosen.where(AuditEntry.account_id == key_of(account_id, "acct"))
    if given(person_id):
        chosen = chosen.where(AuditEntry.actor_person_id == key_of(person_id, "prsn"))
    if given(action):
        chosen = chosen.where(AuditEntry.action == action)
    return chosen


@row(Organization)
class SystemType:
    """What Waymark itself is doing."""

    work: Connection[WorkItemType] = to_many(_work, order_by=newest_first(WorkItem.id))
    """The work list, newest first."""
    audit: Connection[AuditEntryType] = to_many(_audit, order_by=newest_first(AuditEntry.id))
    """Who did what, newest first."""
    ingestion: IngestionType = same_row()
    """What comes in over /v1."""
    applications: Connection[ApplicationType] = to_many(every_application, order_by=in_order(Application.name))
    """The front ends that are built on this API, by name."""
    webhook_endpoints: Connection[WebhookEndpointType] = to_many(every_endpoint, order_by=in_order(WebhookEndpoint.id))
    """Where events are sent, the oldest first."""


@one(SystemType, permission=Permission.SYSTEM_READ)
def system() -> Select[Organization]:
    """[staff] What Waymark itself is doing. Needs system:read."""
    return select(Organization)


@strawberry.input(description="Which item of work.")
class RerunWorkItemInput:
    """Which item of work."""

    work_item_id: strawberry.ID = strawberry.field(description="An item that is parked.")


@mutation_payload
class RerunWorkItemPayload:
    """What came of having work tried again."""

    work_item: WorkItemType | None
    """The item, waiting again with all its attempts."""


@mutation(permission=Permission.SYSTEM_WRITE)
async def rerun_work_item(info: Info, input: RerunWorkItemInput) -> RerunWorkItemPayload:  # noqa: A002 - its name in the schema
    """[staff] Have a parked item of work tried again at once. Needs system:write."""
    async with info.context.begin() as session:
        item_id = key_in(input.work_item_id, "work", field="workItemId")
        await service.rerun(session, item_id)
        await audit.record_of(session, info.context.viewer, "work.rerun", subject=f"work_item:{item_id}")
        return await payload(RerunWorkItemPayload, info, work_item=item_id)
