"""The time line of an account: what happened in it, whatever it was, newest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Text, Uuid, case, cast, func, literal_column, select, true
from strawberry import UNSET

from backend.alerts.models import Alert
from backend.billing.models import BillingFact
from backend.engagement.models import Note, Pulse, Touchpoint
from backend.events import DomainEventRow
from backend.graphql.enums import describe
from backend.graphql.planner import Merged, Node, any_of, column, given, interface, node, sql, to_one
from backend.health.models import HealthOverride
from backend.identity.models import Member, Person, Staff
from backend.permissions import Permission
from backend.support.models import Ticket

if TYPE_CHECKING:
    from backend.identity.graphql import PersonType


class TimelineKind(StrEnum):
    """What kind of thing happened."""

    ALERT = "ALERT"
    BILLING = "BILLING"
    EVENT = "EVENT"
    NOTE = "NOTE"
    OVERRIDE = "OVERRIDE"
    PULSE = "PULSE"
    TICKET = "TICKET"
    TOUCHPOINT = "TOUCHPOINT"


describe(
    TimelineKind,
    "What kind of thing happened.",
    ALERT="An alert was opened.",
    BILLING="Something with the account's money; needs billing:read.",
    EVENT="Who belongs to the account or looks after it changed, or a task for it.",
    NOTE="Staff wrote a note.",
    OVERRIDE="An acute signal forced a category.",
    PULSE="Staff said how they feel about it.",
    TICKET="A ticket was opened.",
    TOUCHPOINT="Staff were in contact.",
)

LONGEST = 200
"""How much of a text a sentence shows."""


@interface
class TimelineEntryType(Node):
    """[staff] Something that happened in an account."""

    happened_at: datetime
    """When."""
    sentence: str
    """What, in words."""


def word(value: str) -> Any:
    """SQL: a constant text."""
    return literal_column("'" + value.replace("'", "''") + "'", Text())


def beginning(text: Any) -> Any:
    """SQL: the first line of a text, cut where it is long."""
    return func.left(func.split_part(text, literal_column("E'\\n'"), literal_column("1")), literal_column(str(LONGEST)))


def _key(event: Any, name: str) -> Any:
    return cast(func.jsonb_extract_path_text(event.body, word(name)), Uuid())


def _member(event: Any) -> Any:
    named = select(Person.name).join(Member, Member.person_id == Person.id)
    return func.coalesce(named.where(Member.id == _key(event, "member_id")).scalar_subquery(), word("Somebody"))


def _staff(event: Any) -> Any:
    named = select(Person.name).join(Staff, Staff.person_id == Person.id)
    return func.coalesce(named.where(Staff.id == _key(event, "after")).scalar_subquery(), word("nobody"))


def _said(event: Any, name: str) -> Any:
    return func.jsonb_extract_path_text(event.body, word(name))


EVENTS: dict[str, Callable[[Any], Any]] = {
    "AccountReassigned": lambda e: func.concat(word("The account passed to "), _staff(e), word(".")),
    "AccountOwnerChanged": lambda e: func.concat(_staff(e), word(" is "), _said(e, "role"), word(" from now on.")),
    "AccountTagged": lambda _: word("Tags were changed."),
    "AccountTraitsChanged": lambda e: func.concat(word("Changed: "), _said(e, "keys"), word(".")),
    "MemberInvited": lambda e: func.concat(_member(e), word(" was invited.")),
    "MemberJoined": lambda e: func.concat(_member(e), word(" joined.")),
    "MemberUpdated": lambda e: func.concat(
        _member(e), word(" was "), func.lower(_said(e, "before")), word(" and is "), func.lower(_said(e, "after"))
    ),
    "MemberRemoved": lambda e: func.concat(_member(e), word(" left.")),
    "TaskCreated": lambda _: word("A task was noted."),
    "TaskClosed": lambda e: func.concat(word("A task was closed: "), func.lower(_said(e, "state")), word(".")),
    "TaskReopened": lambda _: word("A task was opened again."),
}
"""The events that have no row of their own in the time line, and how each is said."""


def _sentence(event: Any) -> Any:
    said = {word(name): made(event) for name, made in EVENTS.items()}
    return func.coalesce(case(said, value=event.type), event.type, type_=Text())


@node(DomainEventRow, prefix="evt", permission=Permission.ACCOUNTS_INTERNAL)
class AccountEventType(TimelineEntryType):
    """[staff] Something that changed in an account: its people, its owners, tasks."""

    type: str
    """What happened, in the past tense, such as MemberJoined."""
    happened_at: datetime = column(DomainEventRow.occurred_at)
    """When."""
    sentence: str = sql(DomainEventRow, _sentence)
    """What, in words."""
    person: PersonType | None = to_one(lambda event: select(Person).where(Person.id == event.person_id))
    """Whom it is about, or who did it."""


ENTRIES: dict[TimelineKind, tuple[Any, Any]] = {
    TimelineKind.ALERT: (Alert, Alert.opened_at),
    TimelineKind.BILLING: (BillingFact, BillingFact.occurred_at),
    TimelineKind.EVENT: (DomainEventRow, DomainEventRow.occurred_at),
    TimelineKind.NOTE: (Note, Note.created_at),
    TimelineKind.OVERRIDE: (HealthOverride, HealthOverride.started_at),
    TimelineKind.PULSE: (Pulse, Pulse.created_at),
    TimelineKind.TICKET: (Ticket, Ticket.opened_at),
    TimelineKind.TOUCHPOINT: (Touchpoint, Touchpoint.occurred_at),
}
"""The table of each kind, and when a row of it happened; an index has the rows of an account in that order."""
SHOWN: dict[TimelineKind, Any] = {
    TimelineKind.BILLING: BillingFact.superseded_on.is_(None),
    TimelineKind.EVENT: DomainEventRow.type.in_([word(name) for name in EVENTS]),
    TimelineKind.NOTE: Note.deleted_at.is_(None),
    TimelineKind.PULSE: Pulse.withdrawn_at.is_(None),
    TimelineKind.TICKET: Ticket.superseded_on.is_(None),
}
"""Which rows of a kind are shown; all of the others."""


def entries_of(
    internal: Any,
    kinds: Annotated[
        list[TimelineKind] | None, strawberry.argument(description="Only these kinds; all by default.")
    ] = UNSET,
) -> Merged:
    """What happened in an account."""
    return [
        select(model)
        .where(
            model.account_id == internal.account_id,
            SHOWN.get(kind, true()),
            any_of(word(kind), kinds) if given(kinds) else true(),
        )
        .order_by(at.desc())
        for kind, (model, at) in ENTRIES.items()
    ]
