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
from backend.graphql.setup_steps import SetupStepType, setup_steps_of
from backend.identity import audit
from backend.identity.models import ApiKey, AuditEntry, Organization, Person
from backend.ingest.graphql import IngestionType
from backend.permissions import Permission
from backend.program.models import ProgramVersion
from backend.webhooks.graphql import every_endpoint
from backend.webhooks.models import WebhookEndpoint
from backend.work import Queue, WorkItem, service

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.applications.graphql import ApplicationType
    from backend.identity.graphql import ApiKeyType, PersonType
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
    IDENTITY_PROVIDER = "IDENTITY_PROVIDER"
    VOUCHER = "VOUCHER"
    MAIL = "MAIL"


describe(
    AuditActor,
    "What kind of credential acted.",
    STAFF="Somebody of the staff.",
    MEMBER="A person of a customer.",
    API_KEY="An API key.",
    COMMAND_LINE="Whoever has a shell on the server.",
    IDENTITY_PROVIDER="The company's identity provider, which vouches for staff.",
    VOUCHER="The company's product, which vouches for members.",
    MAIL="Mail to the organization's own address.",
)


def _actor(entry: Any) -> Any:
    return func.upper(func.replace(entry.actor, literal_column("' '"), literal_column("'_'")), type_=Text())


def _said(entry: Any) -> Any:
    """Who: what was done, and what is so since, such as `Ada: staff role set (CSM)`."""
    named = select(func.coalesce(Person.name, Person.email)).where(Person.id == entry.actor_person_id).scalar_subquery()
    who = func.coalesce(named, func.initcap(entry.actor), type_=Text())
    what = func.translate(entry.action, literal_column("'._'"), literal_column("'  '"))
    state = func.coalesce(*(func.jsonb_extract_path_text(entry.after, name) for name in ("role", "state", "kind")))
    since = case((state.is_not(None), func.concat(literal_column("' ('"), state, literal_column("')'"))))
    return func.concat(who, literal_column("': '"), what, since, type_=Text())


@node(AuditEntry, prefix="audit", permission=Permission.SYSTEM_READ)
class AuditEntryType(Node):
    """Something that somebody did. Never changed; it holds ids and states, never names or texts."""

    actor: AuditActor = sql(AuditEntry, _actor)
    """What kind of credential acted."""
    person: PersonType | None = to_one(lambda entry: select(Person).where(Person.id == entry.actor_person_id))
    """Who acted; null where that was no person."""
    action: str
    """What was done, in the past tense, such as member.removed."""
    subject: str | None
    """With what: its kind and key, such as member:0198c0de-…."""
    account: AccountType | None = to_one(lambda entry: select(Account).where(Account.id == entry.account_id))
    """On whose behalf, or whose data it was."""
    sentence: str = sql(AuditEntry, _said)
    """Who did what, in words."""
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


@row(ProgramVersion, permission=Permission.SYSTEM_READ)
class ProgramVersionType:
    """[staff] A set of program files as it was applied."""

    number: int
    """Its number; the highest is in force."""
    applied_by: str
    """Who applied it, as the command line was told."""
    applied_at: datetime
    """When."""
    difference: str
    """What changed against the version before."""
    fingerprint: str
    """SHA-256 over the files' names and contents, in hexadecimal."""


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
    setup_steps: list[SetupStepType] = to_many(setup_steps_of)
    """What leads from an empty Waymark to one's own accounts, ranked and explained, step by step."""
    program_versions: Connection[ProgramVersionType] = to_many(
        lambda _system: select(ProgramVersion), order_by=newest_first(ProgramVersion.number)
    )
    """The program files as they were applied, the newest first; the first is in force."""
    api_keys: Connection[ApiKeyType] | None = to_many(
        lambda _system: select(ApiKey), order_by=newest_first(ApiKey.id), gate=Permission.KEYS_WRITE
    )
    """API keys, the newest first, ended ones included. Null without keys:write."""
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
