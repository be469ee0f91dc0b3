"""Accounts as staff change them over the API: owners, tags, traits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from backend.accounts import changes
from backend.graphql.mutation import (
    Info,
    absent_or_key,
    idempotency_key,
    key_in,
    keys_in,
    mutation,
    mutation_payload,
    payload,
)
from backend.graphql.planner import JSON
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType


@strawberry.input(description="Accounts, and what changes of all of them.")
class UpdateAccountsInput:
    """Accounts, and what changes of all of them."""

    account_ids: list[strawberry.ID] = strawberry.field(description="The accounts, 100 at most.")
    success_manager_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="Who of the staff looks after them; null: nobody."
    )
    add_tags: list[str] = strawberry.field(
        default_factory=list, description="Words to put on them, of 1 to 50 characters; 50 at most on an account."
    )
    remove_tags: list[str] = strawberry.field(default_factory=list, description="Words to take away.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class UpdateAccountsPayload:
    """What came of changing accounts."""

    accounts: list[AccountType]
    """The accounts, in the order in which they were given."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def update_accounts(info: Info, input: UpdateAccountsInput) -> UpdateAccountsPayload:  # noqa: A002 - its name in the schema
    """[staff] Change up to 100 accounts alike, all of them or none. Needs accounts:write."""
    async with info.context.begin() as session:
        found = await changes.update_accounts(
            session,
            info.context.viewer,
            account_ids=keys_in(input.account_ids, "acct", field="accountIds"),
            success_manager_id=absent_or_key(input.success_manager_id, "staff", field="successManagerId"),
            add_tags=input.add_tags,
            remove_tags=input.remove_tags,
        )
        return await payload(UpdateAccountsPayload, info, accounts=found)


@strawberry.input(description="Who has a role for an account.")
class SetAccountOwnerInput:
    """Who has a role for an account."""

    account_id: strawberry.ID = strawberry.field(description="The account.")
    role: str = strawberry.field(description="Key of one of `ownerRoles`.")
    staff_id: strawberry.ID | None = strawberry.field(description="Who of the staff; left out or null: nobody.")


@mutation_payload
class SetAccountOwnerPayload:
    """What came of setting an owner."""

    account: AccountType | None
    """The account."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def set_account_owner(info: Info, input: SetAccountOwnerInput) -> SetAccountOwnerPayload:  # noqa: A002 - its name in the schema
    """[staff] Give somebody of the staff a role for an account beside the success manager's. Needs accounts:write."""
    async with info.context.begin() as session:
        found = await changes.set_owner(
            session,
            info.context.viewer,
            account_id=key_in(input.account_id, "acct", field="accountId"),
            role=input.role,
            staff_id=key_in(input.staff_id, "staff", field="staffId") if input.staff_id else None,
        )
        return await payload(SetAccountOwnerPayload, info, account=found)


@strawberry.input(description="A trait and its value.")
class TraitInput:
    """A trait and its value."""

    key: str = strawberry.field(description="Key of one of `traits`.")
    value: JSON | None = strawberry.field(description="Of the trait's kind; left out or null: takes it away.")


@strawberry.input(description="Traits of an account.")
class SetAccountTraitsInput:
    """Traits of an account."""

    account_id: strawberry.ID = strawberry.field(description="The account.")
    traits: list[TraitInput] = strawberry.field(description="The traits that change; others stay.")


@mutation_payload
class SetAccountTraitsPayload:
    """What came of setting traits."""

    account: AccountType | None
    """The account."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def set_account_traits(info: Info, input: SetAccountTraitsInput) -> SetAccountTraitsPayload:  # noqa: A002 - its name in the schema
    """[staff] Set traits that the program declares. Needs accounts:write."""
    async with info.context.begin() as session:
        found = await changes.set_traits(
            session,
            info.context.viewer,
            account_id=key_in(input.account_id, "acct", field="accountId"),
            traits=[(trait.key, trait.value) for trait in input.traits],
        )
        return await payload(SetAccountTraitsPayload, info, account=found)
