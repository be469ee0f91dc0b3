"""Being erased, by oneself."""

from __future__ import annotations

import strawberry

from backend.erasure import oneself
from backend.graphql.mutation import Info, mutation, mutation_payload, payload
from backend.permissions import Permission


@strawberry.input(description="Who wants to be erased.")
class EraseOneselfInput:
    """Who wants to be erased."""

    current_password: str | None = strawberry.field(
        description="One's password. Who has none leaves it out, within 15 minutes of signing in."
    )
    address: str = strawberry.field(description="The address that one signs in with, typed to show that it is meant.")


@mutation_payload
class EraseOneselfPayload:
    """What came of it."""

    is_erased: bool | None
    """True: one's memberships have ended, and nothing names one any more but texts that are being searched."""


@mutation(permission=Permission.PROFILE_WRITE)
async def erase_oneself(info: Info, input: EraseOneselfInput) -> EraseOneselfPayload:  # noqa: A002 - its name in the schema
    """Have whatever says who one is erased, in all accounts; nothing brings it back. For members, by themselves."""
    viewer = info.context.viewer
    await oneself.prove(info.context.database, viewer, input.current_password)
    async with info.context.begin("system") as session:  # it reaches every table
        await oneself.erase(session, viewer, address=input.address)
        return await payload(EraseOneselfPayload, info, is_erased=True)
