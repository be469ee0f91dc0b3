"""One's own profile, password, second factor and sessions, as the API changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from backend.graphql.mutation import Info, absent_or, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.identity import own_access, profile, second_factor
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.identity.graphql import PersonType, SessionType


@strawberry.input(description="What one says of oneself.")
class UpdateProfileInput:
    """What one says of oneself."""

    name: str = strawberry.field(description="The name that others see; 1 to 200 characters.")


@mutation_payload
class UpdateProfilePayload:
    """What came of changing one's profile."""

    person: PersonType | None
    """Oneself."""


@mutation(permission=Permission.PROFILE_WRITE)
async def update_profile(info: Info, input: UpdateProfileInput) -> UpdateProfilePayload:  # noqa: A002 - its name in the schema
    """Change one's own name."""
    async with info.context.begin() as session:
        found = await profile.update_profile(session, info.context.viewer, name=input.name)
        return await payload(UpdateProfilePayload, info, person=found)


@strawberry.input(description="How one wants to be addressed and shown times.")
class UpdatePreferencesInput:
    """How one wants to be addressed and shown times."""

    locale: strawberry.Maybe[str] = strawberry.field(description="BCP 47, such as en or pt-BR.")
    time_zone: strawberry.Maybe[str | None] = strawberry.field(
        description="IANA name, such as Europe/Berlin; null: that of the organization."
    )


@mutation_payload
class UpdatePreferencesPayload:
    """What came of changing one's preferences."""

    person: PersonType | None
    """Oneself."""


@mutation(permission=Permission.PROFILE_WRITE)
async def update_preferences(info: Info, input: UpdatePreferencesInput) -> UpdatePreferencesPayload:  # noqa: A002 - its name in the schema
    """Change one's own language and time zone."""
    async with info.context.begin() as session:
        found = await profile.update_preferences(
            session,
            info.context.viewer,
            locale=input.locale.value if input.locale else None,
            time_zone=absent_or(input.time_zone),
        )
        return await payload(UpdatePreferencesPayload, info, person=found)


@strawberry.input(description="Which session ends.")
class RevokeSessionInput:
    """Which session ends."""

    session_id: strawberry.ID = strawberry.field(description="A session of one's own.")


@mutation_payload
class RevokeSessionPayload:
    """What came of ending a session."""

    session: SessionType | None
    """The session, which has ended."""


@mutation(permission=Permission.PROFILE_WRITE)
async def revoke_session(info: Info, input: RevokeSessionInput) -> RevokeSessionPayload:  # noqa: A002 - its name in the schema
    """Sign one device of one's own out. Its access token is refused within 5 seconds. One that is over stays so."""
    # A person's sessions may be for several accounts, and a member's login writes audit entries of one alone.
    async with info.context.begin("system") as session:
        found = await own_access.revoke_session(
            session, info.context.viewer, session_id=key_in(input.session_id, "sess", field="sessionId")
        )
        return await payload(RevokeSessionPayload, info, session=found)


@strawberry.input(description="Nothing needs to be said.")
class RevokeOtherSessionsInput:
    """Nothing needs to be said."""

    idempotency_key: str | None = idempotency_key()


@mutation_payload
class RevokeOtherSessionsPayload:
    """What came of ending all other sessions."""

    revoked_count: int | None
    """How many were open."""


@mutation(permission=Permission.PROFILE_WRITE)
async def revoke_other_sessions(
    info: Info,
    input: RevokeOtherSessionsInput,  # noqa: A002 - its name in the schema
) -> RevokeOtherSessionsPayload:
    """Sign every other device of one's own out."""
    async with info.context.begin("system") as session:  # as revokeSession
        count = await own_access.revoke_other_sessions(session, info.context.viewer)
        return await payload(RevokeOtherSessionsPayload, info, revoked_count=count)


@strawberry.input(description="One's password, and what it becomes.")
class ChangePasswordInput:
    """One's password, and what it becomes."""

    current_password: str | None = strawberry.field(
        description="The password until now. Who has none yet leaves it out, within 15 minutes of signing in."
    )
    new_password: str = strawberry.field(description="12 to 256 characters.")


@mutation_payload
class ChangePasswordPayload:
    """What came of changing one's password."""

    person: PersonType | None
    """Oneself."""


@mutation(permission=Permission.PROFILE_WRITE)
async def change_password(info: Info, input: ChangePasswordInput) -> ChangePasswordPayload:  # noqa: A002 - its name in the schema
    """Change one's own password. Signs every other device out."""
    viewer = info.context.viewer
    await own_access.prove(info.context.database, viewer, input.current_password)
    async with info.context.begin("system") as session:  # no viewer's login reads or writes passwords
        person_id = await own_access.change_password(session, viewer, password=input.new_password)
        return await payload(ChangePasswordPayload, info, person=person_id)


PROOF = "One's password. Who has none leaves it out, within 15 minutes of signing in."
CODE = "A code of the authenticator app, or a recovery code."


@strawberry.input(description="Who begins to turn two-factor on.")
class BeginTwoFactorInput:
    """Who begins to turn two-factor on."""

    current_password: str | None = strawberry.field(description=PROOF)


@mutation_payload
class BeginTwoFactorPayload:
    """What an authenticator app needs."""

    secret: str | None
    """The secret, to type where nothing can be scanned. Shown this once."""
    uri: str | None
    """The same as `otpauth://totp/…`, to draw as a QR code. Shown this once."""


@mutation(permission=Permission.PROFILE_WRITE)
async def begin_two_factor(info: Info, input: BeginTwoFactorInput) -> BeginTwoFactorPayload:  # noqa: A002 - its name in the schema
    """Make a secret for an authenticator app. Nothing changes until `confirmTwoFactor`, within 15 minutes."""
    await own_access.prove(info.context.database, info.context.viewer, input.current_password)
    async with info.context.begin("system") as session:  # no viewer's login reads or writes secrets
        made = await second_factor.begin(session, info.context.viewer)
        return await payload(BeginTwoFactorPayload, info, secret=made.secret, uri=made.uri)


@strawberry.input(description="The first code of an authenticator app.")
class ConfirmTwoFactorInput:
    """The first code of an authenticator app."""

    code: str = strawberry.field(description="What the app shows: six digits.")


@mutation_payload
class ConfirmTwoFactorPayload:
    """What came of turning two-factor on."""

    recovery_codes: list[str] | None
    """Ten codes, each of which stands in for the app once. Shown this once: keep them now."""
    person: PersonType | None
    """Oneself."""


@mutation(permission=Permission.PROFILE_WRITE)
async def confirm_two_factor(info: Info, input: ConfirmTwoFactorInput) -> ConfirmTwoFactorPayload:  # noqa: A002 - its name in the schema
    """Turn two-factor on: signing in by password or mailed link needs a code from now on. Signs every other device
    out."""
    viewer = info.context.viewer
    tried = await second_factor.begin_try(info.context.database, own_access.person_of(viewer))
    async with info.context.begin("system") as session:  # as beginTwoFactor
        codes = await second_factor.confirm(session, viewer, input.code, tried)
        return await payload(ConfirmTwoFactorPayload, info, recovery_codes=codes, person=viewer.person_id)


@strawberry.input(description="Who wants new recovery codes.")
class RenewRecoveryCodesInput:
    """Who wants new recovery codes."""

    current_password: str | None = strawberry.field(description=PROOF)
    code: str = strawberry.field(description=CODE)


@mutation_payload
class RenewRecoveryCodesPayload:
    """What came of making new recovery codes."""

    recovery_codes: list[str] | None
    """Ten new codes; those before count no more. Shown this once: keep them now."""
    person: PersonType | None
    """Oneself."""


@mutation(permission=Permission.PROFILE_WRITE)
async def renew_recovery_codes(info: Info, input: RenewRecoveryCodesInput) -> RenewRecoveryCodesPayload:  # noqa: A002 - its name in the schema
    """Make ten new recovery codes of one's own."""
    viewer = info.context.viewer
    await own_access.prove(info.context.database, viewer, input.current_password)
    tried = await second_factor.begin_try(info.context.database, own_access.person_of(viewer))
    async with info.context.begin("system") as session:  # as beginTwoFactor
        codes = await second_factor.renew_codes(session, viewer, input.code, tried)
        return await payload(RenewRecoveryCodesPayload, info, recovery_codes=codes, person=viewer.person_id)


@strawberry.input(description="Who turns two-factor off.")
class DisableTwoFactorInput:
    """Who turns two-factor off."""

    current_password: str | None = strawberry.field(description=PROOF)
    code: str = strawberry.field(description=CODE)


@mutation_payload
class DisableTwoFactorPayload:
    """What came of turning two-factor off."""

    person: PersonType | None
    """Oneself."""


@mutation(permission=Permission.PROFILE_WRITE)
async def disable_two_factor(info: Info, input: DisableTwoFactorInput) -> DisableTwoFactorPayload:  # noqa: A002 - its name in the schema
    """Turn two-factor of one's own off: no code is asked for any more, and recovery codes are forgotten."""
    viewer = info.context.viewer
    await own_access.prove(info.context.database, viewer, input.current_password)
    tried = await second_factor.begin_try(info.context.database, own_access.person_of(viewer))
    async with info.context.begin("system") as session:  # as beginTwoFactor
        await second_factor.disable(session, viewer, input.code, tried)
        return await payload(DisableTwoFactorPayload, info, person=viewer.person_id)
