"""API keys, as the API makes and ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from backend.accounts import queries as accounts
from backend.graphql.mutation import Info, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.identity import keys
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.identity.graphql import ApiKeyType


@strawberry.input(description="An API key to make.")
class CreateApiKeyInput:
    """An API key to make."""

    name: str = strawberry.field(description="What it is for; 1 to 200 characters.")
    scopes: list[str] = strawberry.field(
        description="What it allows, such as accounts:read; nothing that one may not do oneself."
    )
    account_id: strawberry.ID | None = strawberry.field(
        description="The one account whose members' view it has; for members always their own. Without it staff make a "
        "key of the organization."
    )
    expires_days: int = strawberry.field(default=365, description="After how many days it ends; 1 to 3,660.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class CreateApiKeyPayload:
    """What came of making an API key."""

    api_key: ApiKeyType | None
    """The key without its secret."""
    secret: str | None
    """The key itself, for the header `Authorization: Bearer …`. Shown this once: keep it now. Null where an
    idempotencyKey repeats the request."""


@mutation(permission=Permission.KEYS_WRITE)
async def create_api_key(info: Info, input: CreateApiKeyInput) -> CreateApiKeyPayload:  # noqa: A002 - its name in the schema
    """Make an API key. Needs keys:write, and a person: no key makes keys."""
    async with info.context.begin() as session:
        account_id = key_in(input.account_id, "acct", field="accountId") if input.account_id else None
        if account_id is not None:
            await accounts.require(session, account_id)
        made = await keys.make(
            session,
            info.context.viewer,
            name=input.name,
            words=input.scopes,
            account_id=account_id,
            expires_days=input.expires_days,
        )
        return await payload(CreateApiKeyPayload, info, api_key=made.id, secret=made.text)


@strawberry.input(description="Which API key ends.")
class RevokeApiKeyInput:
    """Which API key ends."""

    api_key_id: strawberry.ID = strawberry.field(description="The key.")


@mutation_payload
class RevokeApiKeyPayload:
    """What came of ending an API key."""

    api_key: ApiKeyType | None
    """The key, which has ended."""


@mutation(permission=Permission.KEYS_WRITE)
async def revoke_api_key(info: Info, input: RevokeApiKeyInput) -> RevokeApiKeyPayload:  # noqa: A002 - its name in the schema
    """End an API key. It is refused within 5 seconds. Needs keys:write."""
    async with info.context.begin() as session:
        found = await keys.end(session, info.context.viewer, key_id=key_in(input.api_key_id, "key", field="apiKeyId"))
        return await payload(RevokeApiKeyPayload, info, api_key=found)
