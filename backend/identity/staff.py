"""Staff: persons who work for the organization, and their roles."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import Conflict, InvalidInput, NotFound
from backend.events import emit
from backend.identity import audit, passwords, sessions
from backend.identity.events import PasswordChanged
from backend.identity.models import Person, SessionEnd, Staff, StaffRole


def email_key(email: str) -> str:
    """The address as it is compared: trimmed and case-folded. Raises InvalidInput for what is no address."""
    key = email.strip().casefold()
    local, at, domain = key.rpartition("@")
    if not (at and local and domain) or len(key) > 320 or not key.isprintable() or " " in key:
        raise InvalidInput(f"{email!r} is not an e-mail address.", field=["email"])
    return key


async def create(
    session: AsyncSession, *, email: str, name: str, role: StaffRole, actor: audit.Actor = "command line"
) -> Staff:
    """Give a person a staff role; makes the person when nobody has the address. Raises Conflict if they have one."""
    key = email_key(email)
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise InvalidInput("Give a name of 1 to 200 characters.", field=["name"])
    await session.execute(
        insert(Person)
        .values(name=name.strip(), email=email.strip(), email_key=key)
        .on_conflict_do_nothing(index_elements=[Person.email_key])
    )
    person_id = await person_with(session, email)
    made: Staff | None = await session.scalar(
        insert(Staff)
        .values(person_id=person_id, role=role.value)
        .on_conflict_do_nothing(index_elements=[Staff.person_id])
        .returning(Staff)
    )
    if made is None:
        raise Conflict(f"{email.strip()} is on the staff already.", field=["email"])
    await audit.record(session, "staff.created", actor=actor, subject=f"staff:{made.id}", after={"role": role.value})
    return made


async def person_with(session: AsyncSession, email: str) -> UUID:
    """The id of the person with this address. Raises NotFound."""
    found = await session.scalar(select(Person.id).where(Person.email_key == email_key(email)))
    if found is None:
        raise NotFound(f"Nobody has the address {email.strip()}.", field=["email"])
    return found


async def set_password(
    session: AsyncSession, *, email: str, password: str, actor: audit.Actor = "command line"
) -> UUID:
    """Set the password of the person with this address, and end their sessions. Raises NotFound and InvalidInput."""
    person_id = await person_with(session, email)
    await passwords.store(session, person_id, password)
    await sessions.end_all(session, person_id, SessionEnd.PASSWORD_CHANGED, actor=actor)
    await emit(session, PasswordChanged(person_id=person_id))
    await audit.record(session, "password.set", actor=actor, subject=f"person:{person_id}")
    return person_id
