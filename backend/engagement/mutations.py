"""Contacts, notes and pulses as the API changes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from backend.engagement import service
from backend.engagement.inbound import settling
from backend.engagement.models import PulseMood, TouchpointKind
from backend.graphql.mutation import Info, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.graphql.planner import Markdown
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.engagement.graphql import InboundMailType, NoteType, PulseType, TouchpointType


@strawberry.input(description="A contact with an account.")
class LogTouchpointInput:
    """A contact with an account."""

    account_id: strawberry.ID = strawberry.field(description="The account.")
    kind: TouchpointKind = strawberry.field(description="By which way.")
    summary: Markdown = strawberry.field(description="What came of it; 1 to 10,000 characters.")
    occurred_at: datetime | None = strawberry.field(description="When it was; now by default.")
    person_id: strawberry.ID | None = strawberry.field(description="With which person of the account.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class LogTouchpointPayload:
    """What came of logging a touchpoint."""

    touchpoint: TouchpointType | None
    """The touchpoint."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def log_touchpoint(info: Info, input: LogTouchpointInput) -> LogTouchpointPayload:  # noqa: A002 - its name in the schema
    """[staff] Note a contact with an account. Needs accounts:write."""
    async with info.context.begin() as session:
        made = await service.log_touchpoint(
            session,
            info.context.viewer,
            account_id=key_in(input.account_id, "acct", field="accountId"),
            kind=input.kind,
            summary=input.summary,
            occurred_at=input.occurred_at,
            person_id=key_in(input.person_id, "prsn", field="personId") if input.person_id else None,
        )
        return await payload(LogTouchpointPayload, info, touchpoint=made)


@strawberry.input(description="A note about an account.")
class CreateNoteInput:
    """A note about an account."""

    account_id: strawberry.ID = strawberry.field(description="The account.")
    body: Markdown = strawberry.field(description="What it says; 1 to 10,000 characters.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class CreateNotePayload:
    """What came of writing a note."""

    note: NoteType | None
    """The note."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def create_note(info: Info, input: CreateNoteInput) -> CreateNotePayload:  # noqa: A002 - its name in the schema
    """[staff] Write a note about an account. Needs accounts:write."""
    async with info.context.begin() as session:
        found = await service.write_note(
            session,
            info.context.viewer,
            account_id=key_in(input.account_id, "acct", field="accountId"),
            body=input.body,
        )
        return await payload(CreateNotePayload, info, note=found)


@strawberry.input(description="A note, and what it says from now on.")
class UpdateNoteInput:
    """A note, and what it says from now on."""

    note_id: strawberry.ID = strawberry.field(description="The note.")
    body: Markdown = strawberry.field(description="What it says; 1 to 10,000 characters.")


@mutation_payload
class UpdateNotePayload:
    """What came of writing a note anew."""

    note: NoteType | None
    """The note."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def update_note(info: Info, input: UpdateNoteInput) -> UpdateNotePayload:  # noqa: A002 - its name in the schema
    """[staff] Write a note anew. Needs accounts:write."""
    async with info.context.begin() as session:
        found = await service.edit_note(
            session,
            info.context.viewer,
            note_id=key_in(input.note_id, "note", field="noteId"),
            body=input.body,
        )
        return await payload(UpdateNotePayload, info, note=found)


@strawberry.input(description="Which note.")
class DeleteNoteInput:
    """Which note."""

    note_id: strawberry.ID = strawberry.field(description="The note.")


@mutation_payload
class DeleteNotePayload:
    """What came of deleting a note."""

    note: NoteType | None
    """The note, which lists leave out from now on."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def delete_note(info: Info, input: DeleteNoteInput) -> DeleteNotePayload:  # noqa: A002 - its name in the schema
    """[staff] Delete a note; `restoreNote` brings it back for 30 days. Needs accounts:write."""
    async with info.context.begin() as session:
        found = await service.delete_note(
            session,
            info.context.viewer,
            note_id=key_in(input.note_id, "note", field="noteId"),
        )
        return await payload(DeleteNotePayload, info, note=found)


@strawberry.input(description="Which note.")
class RestoreNoteInput:
    """Which note."""

    note_id: strawberry.ID = strawberry.field(description="The note.")


@mutation_payload
class RestoreNotePayload:
    """What came of restoring a note."""

    note: NoteType | None
    """The note."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def restore_note(info: Info, input: RestoreNoteInput) -> RestoreNotePayload:  # noqa: A002 - its name in the schema
    """[staff] Bring a deleted note back. Needs accounts:write."""
    async with info.context.begin() as session:
        found = await service.restore_note(
            session,
            info.context.viewer,
            note_id=key_in(input.note_id, "note", field="noteId"),
        )
        return await payload(RestoreNotePayload, info, note=found)


@strawberry.input(description="How one feels about an account.")
class RecordPulseInput:
    """How one feels about an account."""

    account_id: strawberry.ID = strawberry.field(description="The account.")
    mood: PulseMood = strawberry.field(description="How.")
    reason: Markdown | None = strawberry.field(description="Why; at most 2,000 characters.")
    expires_on: date | None = strawberry.field(
        description="The first day on which it does not count, 1 to 365 days ahead; 30 by default."
    )
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class RecordPulsePayload:
    """What came of recording a pulse."""

    pulse: PulseType | None
    """The pulse."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def record_pulse(info: Info, input: RecordPulseInput) -> RecordPulsePayload:  # noqa: A002 - its name in the schema
    """[staff] Say how one feels about an account, beside its score. Needs accounts:write."""
    async with info.context.begin() as session:
        found = await service.record_pulse(
            session,
            info.context.viewer,
            account_id=key_in(input.account_id, "acct", field="accountId"),
            mood=input.mood,
            reason=input.reason,
            expires_on=input.expires_on,
        )
        return await payload(RecordPulsePayload, info, pulse=found)


@strawberry.input(description="Which pulse.")
class WithdrawPulseInput:
    """Which pulse."""

    pulse_id: strawberry.ID = strawberry.field(description="The pulse.")


@mutation_payload
class WithdrawPulsePayload:
    """What came of withdrawing a pulse."""

    pulse: PulseType | None
    """The pulse."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def withdraw_pulse(info: Info, input: WithdrawPulseInput) -> WithdrawPulsePayload:  # noqa: A002 - its name in the schema
    """[staff] Take a pulse back, so that the one before it counts again. Needs accounts:write."""
    async with info.context.begin() as session:
        found = await service.withdraw_pulse(
            session,
            info.context.viewer,
            pulse_id=key_in(input.pulse_id, "pulse", field="pulseId"),
        )
        return await payload(WithdrawPulsePayload, info, pulse=found)


@strawberry.input(description="A mail that waits, and the account that it belongs to.")
class AssignInboundMailInput:
    """A mail that waits, and the account that it belongs to."""

    mail_id: strawberry.ID = strawberry.field(description="The mail.")
    account_id: strawberry.ID = strawberry.field(description="The account.")


@mutation_payload
class AssignInboundMailPayload:
    """What came of assigning a mail."""

    mail: InboundMailType | None
    """The mail, in the state LOGGED."""
    touchpoint: TouchpointType | None
    """The touchpoint that it is now."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def assign_inbound_mail(info: Info, input: AssignInboundMailInput) -> AssignInboundMailPayload:  # noqa: A002 - its name in the schema
    """[staff] Note a mail that found no account by itself as a touchpoint of one. Needs accounts:write."""
    async with info.context.begin() as session:
        mail_id = key_in(input.mail_id, "inmail", field="mailId")
        made = await settling.assign_mail(
            session,
            info.context.viewer,
            mail_id=mail_id,
            account_id=key_in(input.account_id, "acct", field="accountId"),
        )
        return await payload(AssignInboundMailPayload, info, mail=mail_id, touchpoint=made)


@strawberry.input(description="A mail that waits.")
class DismissInboundMailInput:
    """A mail that waits."""

    mail_id: strawberry.ID = strawberry.field(description="The mail.")


@mutation_payload
class DismissInboundMailPayload:
    """What came of dismissing a mail."""

    mail: InboundMailType | None
    """The mail, in the state DISMISSED and without its words."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def dismiss_inbound_mail(info: Info, input: DismissInboundMailInput) -> DismissInboundMailPayload:  # noqa: A002 - its name in the schema
    """[staff] Forget what a mail says that found no account. Needs accounts:write."""
    async with info.context.begin() as session:
        mail_id = key_in(input.mail_id, "inmail", field="mailId")
        await settling.dismiss_mail(session, info.context.viewer, mail_id=mail_id)
        return await payload(DismissInboundMailPayload, info, mail=mail_id)
