"""Members, as the API changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from backend.accounts import queries as accounts
from backend.graphql.mutation import Info, absent_or, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.identity import members
from backend.identity.models import MemberRole
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.identity.graphql import MemberType


@strawberry.input(description="Whom to invite, and as what.")
class InviteMemberInput:
    """Whom to invite, and as what."""

    account_id: strawberry.ID = strawberry.field(description="The account; for a member, their own.")
    email: str = strawberry.field(description="The address that the person will sign in with.")
    name: str | None = strawberry.field(description="Their name, where they are not known yet.")
    role: MemberRole = strawberry.field(default=MemberRole.MEMBER, description="What they may do in the account.")
    title: str | None = strawberry.field(description="What they do at the company.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class InviteMemberPayload:
    """What came of inviting somebody."""

    member: MemberType | None
    """The membership, in the state INVITED."""


@mutation(permission=Permission.PEOPLE_WRITE)
async def invite_member(info: Info, input: InviteMemberInput) -> InviteMemberPayload:  # noqa: A002 - its name in the schema
    """Invite somebody into an account; whoever was invited or has left is invited again. Needs people:write."""
    async with info.context.begin() as session:
        account_id = key_in(input.account_id, "acct", field="accountId")
        await accounts.require(session, account_id)
        made = await members.invite(
            session,
            info.context.viewer,
            account_id=account_id,
            email=input.email,
            name=input.name,
            role=input.role,
            title=input.title,
        )
        return await payload(InviteMemberPayload, info, member=made)


@strawberry.input(description="Whose membership ends.")
class RemoveMemberInput:
    """Whose membership ends."""

    member_id: strawberry.ID = strawberry.field(description="The membership.")


@mutation_payload
class RemoveMemberPayload:
    """What came of removing a member."""

    member: MemberType | None
    """The membership, in the state LEFT."""


@mutation(permission=Permission.PEOPLE_WRITE)
async def remove_member(info: Info, input: RemoveMemberInput) -> RemoveMemberPayload:  # noqa: A002 - its name in the schema
    """End a membership today. `inviteMember` brings the person back. Needs people:write."""
    async with info.context.begin() as session:
        found = await members.remove(
            session, info.context.viewer, member_id=key_in(input.member_id, "mem", field="memberId")
        )
        return await payload(RemoveMemberPayload, info, member=found)


@strawberry.input(description="A membership and what changes of it.")
class UpdateMemberInput:
    """A membership and what changes of it."""

    member_id: strawberry.ID = strawberry.field(description="The membership.")
    role: strawberry.Maybe[MemberRole] = strawberry.field(description="What they may do in the account.")
    title: strawberry.Maybe[str | None] = strawberry.field(description="What they do at the company.")
    is_champion: strawberry.Maybe[bool] = strawberry.field(
        description="[staff] Whether staff count on them to speak for the product."
    )


@mutation_payload
class UpdateMemberPayload:
    """What came of changing a membership."""

    member: MemberType | None
    """The membership."""


@mutation(permission=Permission.PEOPLE_WRITE)
async def update_member(info: Info, input: UpdateMemberInput) -> UpdateMemberPayload:  # noqa: A002 - its name in the schema
    """Change the role, the title, or who is a champion. Needs people:write."""
    async with info.context.begin() as session:
        found = await members.change(
            session,
            info.context.viewer,
            member_id=key_in(input.member_id, "mem", field="memberId"),
            role=input.role.value if input.role else None,
            title=absent_or(input.title),
            is_champion=input.is_champion.value if input.is_champion else None,
        )
        return await payload(UpdateMemberPayload, info, member=found)
