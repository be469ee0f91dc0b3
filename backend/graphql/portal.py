"""What a page needs before anybody has signed in: whose it is, how it looks, and which ways lead in."""

from __future__ import annotations

from typing import Any

import strawberry
from sqlalchemy import Select, Text, column, func, select, type_coerce

from backend.graphql.mutation import Info, mutation, mutation_payload, payload
from backend.graphql.planner import Computed, never_null, one, row, sql, to_many
from backend.identity import face
from backend.identity.models import Organization
from backend.permissions import Permission


def _providers(_portal: Any) -> Computed:
    called = func.waymark_sign_in_providers()
    provider: Any = called.table_valued(column("key", Text()), column("name", Text()), name="provider").c
    return select(
        provider.key.label("key"),
        provider.name.label("name"),
        func.concat("/auth/oidc/", provider.key, "/login", type_=Text()).label("path"),
    ).order_by(never_null(provider.name), never_null(provider.key))


@row()
class SignInProviderType:
    """An identity provider of the staff, beside passwords and mailed links."""

    key: str
    """The word for it in addresses."""
    name: str
    """Its name."""
    path: str
    """Where the browser goes to sign in with it; `?then=` names the page to go on with."""


@row(Organization)
class PortalType:
    """The face of this Waymark, for everybody: on sign-in pages as well."""

    name: str = sql(Organization, face.portal_name)
    """What it calls itself."""
    accent_color: str | None = sql(Organization, face.accent_color)
    """A colour such as #2f6fed; null: the portal's own."""
    logo: str | None = sql(Organization, face.logo)
    """An image as a `data:` address; null where there is none."""
    is_demo: bool
    """Whether the data are made up."""
    providers: list[SignInProviderType] = to_many(_providers)
    """Identity providers that staff sign in with, by name."""


@one(PortalType)
def portal() -> Select[Organization]:
    """How the portal looks and which ways lead in; for everybody. Null before Waymark is set up."""
    return select(Organization)


@row(Organization)
class PortalChoiceType:
    """What staff chose of the portal's face; null: it is as the program's file says."""

    name: str | None = sql(Organization, lambda o: type_coerce(o.chosen_portal_name, Text()))
    """Its name."""
    accent_color: str | None = sql(Organization, lambda o: type_coerce(o.chosen_accent_color, Text()))
    """Its colour."""
    logo: str | None = sql(Organization, lambda o: type_coerce(o.chosen_logo, Text()))
    """Its logo, as a `data:` address."""


@one(PortalChoiceType, permission=Permission.SYSTEM_READ)
def portal_choice() -> Select[Organization]:
    """[staff] What staff chose of the portal's face, which goes before what the program's file says. Needs
    system:read."""
    return select(Organization)


AS_IN_THE_FILE = "null: as the program's file says. Left out, it stays."


@strawberry.input(description="How the customers' side looks.")
class SetPortalFaceInput:
    """How the customers' side looks."""

    name: strawberry.Maybe[str | None] = strawberry.field(
        description=f"What it calls itself, in 1 to 100 characters; {AS_IN_THE_FILE}"
    )
    accent_color: strawberry.Maybe[str | None] = strawberry.field(
        description=f"A colour such as #2f6fed; {AS_IN_THE_FILE}"
    )
    logo: strawberry.Maybe[str | None] = strawberry.field(
        description=f"A PNG, SVG or WebP as a `data:` address of 50,000 characters at most; {AS_IN_THE_FILE}"
    )


@mutation_payload
class SetPortalFacePayload:
    """What came of setting how the customers' side looks: what holds now."""

    name: str | None
    """What it calls itself."""
    accent_color: str | None
    """Its colour; null: the portal's own."""
    logo: str | None
    """Its logo; null where there is none."""


@mutation(permission=Permission.SYSTEM_WRITE)
async def set_portal_face(info: Info, input: SetPortalFaceInput) -> SetPortalFacePayload:  # noqa: A002 - its name in the schema
    """[staff] Set how the customers' side looks, whatever the program's file says; pages follow within seconds. Needs
    system:write."""
    given = {"name": input.name, "accent_color": input.accent_color, "logo": input.logo}
    async with info.context.begin("system") as session:  # everybody is shown it, so no viewer's login writes it
        held = await face.choose(
            session, info.context.viewer, {key: some.value for key, some in given.items() if some is not None}
        )
        return await payload(SetPortalFacePayload, info, name=held.name, accent_color=held.accent_color, logo=held.logo)
