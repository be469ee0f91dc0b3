"""Applications as the API changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from backend.applications import service
from backend.applications.models import DocumentPolicy
from backend.graphql.mutation import Info, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.applications.graphql import ApplicationType

ORIGINS = "Where its pages come from, such as https://success.example.com; 50 at most."
POINTS = "Points of query cost that all its callers together gain each second."


@strawberry.input(description="A front end that is built on this API.")
class CreateApplicationInput:
    """A front end that is built on this API."""

    name: str = strawberry.field(description="Its name; 1 to 100 characters.")
    origins: list[str] = strawberry.field(default_factory=list, description=ORIGINS)
    document_policy: DocumentPolicy = strawberry.field(
        default=DocumentPolicy.ANY, description="Which documents it may send."
    )
    points_per_second: int = strawberry.field(default=1_000, description=POINTS)
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class CreateApplicationPayload:
    """What came of making an application."""

    application: ApplicationType | None
    """The application."""


@mutation(permission=Permission.SYSTEM_WRITE)
async def create_application(info: Info, input: CreateApplicationInput) -> CreateApplicationPayload:  # noqa: A002 - its name in the schema
    """[staff] Make an application. Needs system:write."""
    async with info.context.begin("system") as session:  # what browsers are let in by, no viewer's login writes
        made = await service.create(
            session,
            name=input.name,
            origins=input.origins,
            document_policy=input.document_policy,
            points_per_second=input.points_per_second,
            actor=info.context.viewer,
        )
        return await payload(CreateApplicationPayload, info, application=made.id)


@strawberry.input(description="An application and what changes of it.")
class UpdateApplicationInput:
    """An application and what changes of it."""

    application_id: strawberry.ID = strawberry.field(description="The application.")
    origins: strawberry.Maybe[list[str]] = strawberry.field(description=f"{ORIGINS} They replace those it has.")
    document_policy: strawberry.Maybe[DocumentPolicy] = strawberry.field(description="Which documents it may send.")
    points_per_second: strawberry.Maybe[int] = strawberry.field(description=POINTS)


@mutation_payload
class UpdateApplicationPayload:
    """What came of changing an application."""

    application: ApplicationType | None
    """The application."""


@mutation(permission=Permission.SYSTEM_WRITE)
async def update_application(info: Info, input: UpdateApplicationInput) -> UpdateApplicationPayload:  # noqa: A002 - its name in the schema
    """[staff] Change an application; processes notice within 5 seconds. Needs system:write."""
    async with info.context.begin("system") as session:  # as above
        key = key_in(input.application_id, "app", field="applicationId")
        changed = await service.change(
            session,
            name=await service.name_of(session, key),
            origins=input.origins.value if input.origins else None,
            document_policy=input.document_policy.value if input.document_policy else None,
            points_per_second=input.points_per_second.value if input.points_per_second else None,
            actor=info.context.viewer,
        )
        return await payload(UpdateApplicationPayload, info, application=changed.id)


@strawberry.input(description="Which application.")
class RemoveApplicationInput:
    """Which application."""

    application_id: strawberry.ID = strawberry.field(description="The application; the portal stays.")


@mutation_payload
class RemoveApplicationPayload:
    """What came of removing an application."""

    revoked_keys: int | None
    """How many of its keys were ended with it."""


@mutation(permission=Permission.SYSTEM_WRITE)
async def remove_application(info: Info, input: RemoveApplicationInput) -> RemoveApplicationPayload:  # noqa: A002 - its name in the schema
    """[staff] Remove an application with its documents, and end its keys, for good. Needs system:write."""
    async with info.context.begin("system") as session:  # as above
        key = key_in(input.application_id, "app", field="applicationId")
        revoked = await service.remove(session, name=await service.name_of(session, key), actor=info.context.viewer)
        return await payload(RemoveApplicationPayload, info, revoked_keys=revoked)
