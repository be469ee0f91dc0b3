"""The first start: an organization and a running program."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from backend.db.engine import WriteSession
from backend.errors import InvalidInput
from backend.identity.models import Organization
from backend.program.assemble import DEFAULT, load
from backend.program.service import apply, running


@dataclass(frozen=True)
class Initialised:
    """What a first start found and made."""

    organization: Organization
    made_organization: bool
    version: int
    applied_default: bool


async def initialise(
    session: WriteSession,
    *,
    name: str = "My organization",
    time_zone: str = "UTC",
    currency: str = "USD",
    applied_by: str = "waymark init",
) -> Initialised:
    """Make the organization and apply the default program where either is missing; change neither otherwise.

    Raises InvalidInput for an empty name, a time zone that PostgreSQL does not know or a currency that is not three
    capital letters.
    """
    if not name.strip() or len(name) > 200 or "\x00" in name:
        raise InvalidInput("The name of the organization must have 1 to 200 characters.", field=["name"])
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise InvalidInput(f"{currency!r} is no currency. Write three capital letters such as USD.", field=["currency"])
    known = await session.scalar(text("select 1 from pg_timezone_names where name = :zone"), {"zone": time_zone})
    if known is None:
        raise InvalidInput(
            f"{time_zone!r} is no time zone. Write a name such as Europe/Berlin or UTC.", field=["time_zone"]
        )
    made = await session.scalar(
        insert(Organization)
        .values(id=1, name=name.strip(), time_zone=time_zone, home_currency=currency)
        .on_conflict_do_nothing()
        .returning(Organization.id)
    )
    version = await running(session)
    applied = None if version else await apply(session, load(DEFAULT, applied_by=applied_by))
    organization = (await session.scalars(select(Organization))).one()
    number = applied.number if applied else version.number if version else 0
    return Initialised(organization, made is not None, number, applied is not None and applied.is_new)
