"""Viewing as a customer, as the API begins it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from backend.accounts import queries as accounts
from backend.graphql.mutation import Info, key_in, mutation, mutation_payload, payload
from backend.identity import customer_view
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.identity.graphql import MemberType


@strawberry.input(description="As whom to see the portal.")
class ViewAsCustomerInput:
    """As whom to see the portal."""

    account_id: strawberry.ID = strawberry.field(description="The account.")
    member_id: strawberry.ID | None = strawberry.field(
        description="An active member of it; without one, the member who may do most there."
    )


@mutation_payload
class ViewAsCustomerPayload:
    """What came of viewing as a customer."""

    token: str | None
    """For the header `Waymark-View`, beside the credential that opened it; shown this once, and good for nothing
    else."""
    expires_at: datetime | None
    """When the view ends unless `POST /auth/view/renew` lets it go on."""
    member: MemberType | None
    """As whom."""
    account: AccountType | None
    """The account."""


@mutation(permission=Permission.ACCOUNTS_IMPERSONATE)
async def view_as_customer(info: Info, input: ViewAsCustomerInput) -> ViewAsCustomerPayload:  # noqa: A002 - its name in the schema
    """[staff] See what a member of an account sees, read-only, for 15 minutes at a time; each opening is audited. Needs
    accounts:impersonate, and a person who is signed in."""
    async with info.context.begin() as session:
        account_id = key_in(input.account_id, "acct", field="accountId")
        await accounts.require(session, account_id)
        member_id = key_in(input.member_id, "mem", field="memberId") if input.member_id else None
        opened = await customer_view.begin(session, info.context.viewer, account_id=account_id, member_id=member_id)
        return await payload(
            ViewAsCustomerPayload,
            info,
            token=opened.text,
            expires_at=opened.expires_at,
            member=opened.member_id,
            account=account_id,
        )
