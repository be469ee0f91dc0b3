"""Contacts, notes and pulses as staff read them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, Date, Select, Text, and_, func, literal_column, select, tuple_

from backend.engagement.models import (
    InboundMail,
    InboundReason,
    InboundState,
    Note,
    Pulse,
    PulseMood,
    Touchpoint,
    TouchpointKind,
)
from backend.graphql.enums import describe
from backend.graphql.planner import Markdown, Node, column, connection, newest_first, node, sql, to_one
from backend.graphql.timeline import TimelineEntryType, beginning, word
from backend.health.models import CurrentHealth, HealthBand
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.identity.graphql import PersonType, StaffType

describe(
    TouchpointKind,
    "By which way staff and a customer were in contact.",
    CALL="They spoke.",
    MEETING="They met, in a room or on a screen.",
    EMAIL="They wrote letters or mails.",
    CHAT="They wrote short messages.",
    OTHER="Any other way.",
)
describe(
    PulseMood,
    "How staff feel about an account.",
    GREEN="All is well.",
    YELLOW="Something is in the way.",
    RED="It may leave.",
)


describe(
    InboundState,
    "Where a mail stands that came in.",
    RECEIVED="It is to be read.",
    LOGGED="It is a touchpoint.",
    REJECTED="It waits for staff to say which account it belongs to.",
    IGNORED="A program wrote it.",
    DISMISSED="Staff did not want it.",
)
describe(
    InboundReason,
    "Why a mail became no touchpoint by itself.",
    UNKNOWN_SENDER="Who wrote it is neither a member nor of the staff.",
    NO_ACCOUNT="Staff wrote it, to no member.",
    AMBIGUOUS="It may belong to several accounts.",
    UNVERIFIED="The mail server could not tell that it comes from where it says.",
    EMPTY="It says nothing.",
    UNREADABLE="It is no mail that can be read.",
    AUTOMATIC="A program wrote it: a reply for the absent, a bounce, bulk mail.",
)


def _saying(what: Any, text: Any) -> Any:
    return func.concat_ws(word(": "), what, beginning(text), type_=Text())


@node(Touchpoint, prefix="touch", permission=Permission.ACCOUNTS_INTERNAL)
class TouchpointType(TimelineEntryType):
    """[staff] A contact between staff and an account."""

    happened_at: datetime = column(Touchpoint.occurred_at)
    """When it was, as of every entry of the time line."""
    sentence: str = sql(Touchpoint, lambda t: _saying(func.initcap(t.kind), t.summary))
    """The way and the first line of what came of it."""
    account: AccountType | None = to_one(Touchpoint.account_id)
    """The account."""
    kind: TouchpointKind
    """By which way."""
    occurred_at: datetime
    """When it was."""
    summary: Markdown = column(Touchpoint.summary)
    """What came of it."""
    person: PersonType | None = to_one(Touchpoint.person_id)
    """With whom, where it was one person of the account."""
    logged_by: StaffType | None = to_one(Touchpoint.logged_by)
    """Who noted it; null for an API key, and for mail of a customer to nobody in particular."""
    created_at: datetime
    """When it was noted."""


@node(Note, prefix="note", permission=Permission.ACCOUNTS_INTERNAL)
class NoteType(TimelineEntryType):
    """[staff] Something that staff wrote down about an account."""

    happened_at: datetime = column(Note.created_at)
    """When it was written, as of every entry of the time line."""
    sentence: str = sql(Note, lambda n: _saying(word("Note"), n.body))
    """Its first line."""
    account: AccountType | None = to_one(Note.account_id)
    """The account."""
    body: Markdown = column(Note.body)
    """What it says."""
    written_by: StaffType | None = to_one(Note.written_by)
    """Who wrote it; null for an API key."""
    created_at: datetime
    """When it was written."""
    edited_at: datetime | None
    """When it was last written anew."""
    deleted_at: datetime | None
    """When it was deleted; it can be restored for 30 days."""


def notes_of(
    internal: Any,
    are_deleted: Annotated[
        bool, strawberry.argument(description="Those that were deleted, instead of those that were not.")
    ] = False,
) -> Select[Note]:
    """The notes about an account."""
    chosen = select(Note).where(Note.account_id == internal.account_id)
    return chosen.where(Note.deleted_at.is_not(None) if are_deleted else Note.deleted_at.is_(None))


def _is_in_force(pulse: Any) -> Any:
    newer = select(Pulse.id).where(
        Pulse.account_id == pulse.account_id,
        tuple_(Pulse.created_at, Pulse.id) > tuple_(pulse.created_at, pulse.id),
        Pulse.withdrawn_at.is_(None),
        Pulse.expires_on > func.waymark_today(type_=Date),
    )
    counts = and_(pulse.withdrawn_at.is_(None), pulse.expires_on > func.waymark_today(type_=Date), ~newer.exists())
    return func.coalesce(counts, literal_column("false"), type_=Boolean())


def _disagrees(pulse: Any) -> Any:
    band = select(CurrentHealth.band).where(
        CurrentHealth.account_id == pulse.account_id,
        CurrentHealth.band != literal_column(f"'{HealthBand.INSUFFICIENT_DATA.value}'"),
    )
    return pulse.mood != band.scalar_subquery()


@node(Pulse, prefix="pulse", permission=Permission.ACCOUNTS_INTERNAL)
class PulseType(TimelineEntryType):
    """[staff] How staff felt about an account on a day, beside what its score says."""

    happened_at: datetime = column(Pulse.created_at)
    """When it was said, as of every entry of the time line."""
    sentence: str = sql(Pulse, lambda p: _saying(func.concat(word("Pulse "), func.lower(p.mood)), p.reason))
    """The mood and why."""
    account: AccountType | None = to_one(Pulse.account_id)
    """The account."""
    mood: PulseMood
    """How they felt."""
    reason: Markdown | None = column(Pulse.reason)
    """Why."""
    expires_on: date
    """The first day on which it does not count any more."""
    is_in_force: bool = sql(Pulse, _is_in_force)
    """Whether it counts today: the newest that has neither expired nor been withdrawn."""
    disagrees_with_score: bool | None = sql(Pulse, _disagrees)
    """Whether the band of the live score is another; null where the account has none."""
    recorded_by: StaffType | None = to_one(Pulse.recorded_by)
    """Who said so; null for an API key."""
    created_at: datetime
    """When it was said."""
    withdrawn_at: datetime | None
    """When it was taken back."""


def pulse_of(internal: Any) -> Select[Pulse]:
    """The pulse of an account that counts today."""
    return (
        select(Pulse)
        .where(
            Pulse.account_id == internal.account_id,
            Pulse.withdrawn_at.is_(None),
            Pulse.expires_on > func.waymark_today(type_=Date),
        )
        .order_by(Pulse.created_at.desc(), Pulse.id.desc())
        .limit(1)
    )


@node(InboundMail, prefix="inmail", permission=Permission.ACCOUNTS_INTERNAL)
class InboundMailType(Node):
    """[staff] A mail to the organization's own address. It has words while it waits; then its touchpoint has them."""

    state: InboundState
    """Where it stands."""
    reason: InboundReason | None
    """Why it became no touchpoint by itself."""
    sender: str | None
    """The address that it says it comes from."""
    recipients: str | None
    """The addresses that it went to."""
    subject: str | None
    """Its subject."""
    body: str | None
    """What it says, as plain text."""
    received_at: datetime
    """When it came in."""
    settled_at: datetime | None
    """When it was settled."""
    account: AccountType | None = to_one(InboundMail.account_id)
    """The account that it was found to belong to."""
    touchpoint: TouchpointType | None = to_one(InboundMail.touchpoint_id)
    """The touchpoint that it is."""


@connection(InboundMailType, order_by=newest_first(InboundMail.id), permission=Permission.ACCOUNTS_INTERNAL)
def inbound_mails(
    state: Annotated[InboundState, strawberry.argument(description="Those that stand so.")] = InboundState.REJECTED,
) -> Select[InboundMail]:
    """[staff] Mails to the organization's own address, by default those that wait; the newest first."""
    return select(InboundMail).where(InboundMail.state == state.value)
