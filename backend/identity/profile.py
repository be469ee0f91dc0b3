"""What a person says of themselves."""

from __future__ import annotations

import re
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import update

from backend.db.engine import WriteSession
from backend.errors import InvalidInput
from backend.identity import audit
from backend.identity.models import Person
from backend.permissions import Permission
from backend.texts import line
from backend.viewer import Viewer

LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", re.ASCII)
"""Language, script and region of BCP 47."""


async def update_profile(session: WriteSession, viewer: Viewer, *, name: str) -> UUID:
    """Set the viewer's own name; returns the person's id. Raises InvalidInput."""
    return await _update(session, viewer, "profile.updated", {"name": line(name, field="name")})


async def update_preferences(
    session: WriteSession, viewer: Viewer, *, locale: str | None = None, time_zone: tuple[str | None] | None = None
) -> UUID:
    """Set the viewer's own language and time zone; returns the person's id.

    None leaves a value as it is; `(None,)` takes the organization's time zone. Raises InvalidInput.
    """
    changes: dict[str, str | None] = {}
    if locale is not None:
        if not LOCALE.fullmatch(locale):
            raise InvalidInput("locale is a BCP 47 tag such as en, pt-BR or zh-Hant-TW.", field=["locale"])
        changes["locale"] = locale
    if time_zone is not None:
        if time_zone[0] is not None and time_zone[0] not in _zones():
            raise InvalidInput("timeZone is an IANA name such as Europe/Berlin.", field=["timeZone"])
        changes["time_zone"] = time_zone[0]
    return await _update(session, viewer, "preferences.updated", changes)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


async def _update(session: WriteSession, viewer: Viewer, action: str, changes: dict[str, str | None]) -> UUID:
    viewer.require(Permission.PROFILE_WRITE)
    if viewer.person_id is None:
        raise InvalidInput("An API key is nobody: sign in as the person whose profile this is.")
    if changes:
        await session.execute(
            update(Person)
            .where(Person.id == viewer.person_id)
            .values(changes)
            .execution_options(synchronize_session=False)
        )
        await audit.record_of(
            session,
            viewer,
            action,
            subject=f"person:{viewer.person_id}",
            account_id=viewer.account_id,
            after={"changed": sorted(changes)},
        )
    return viewer.person_id
