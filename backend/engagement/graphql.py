"""Contacts with accounts, as staff read and note them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from backend.engagement import service
from backend.engagement.models import Touchpoint, TouchpointKind
from backend.graphql.enums import describe
from backend.graphql.mutation import Info, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.graphql.planner import Markdown, Node, column, node, to_one
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


@node(Touchpoint, prefix="touch", permission=Permission.ACCOUNTS_INTERNAL)
class TouchpointType(Node):
    """[staff] A contact between staff and an account."""

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
    """Who noted it; null for an API key."""
    created_at: datetime
    """When it was noted."""


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
