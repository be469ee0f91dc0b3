"""Staff: persons who work for the organization, and their roles."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import Conflict, InvalidInput, NotFound
from backend.events import emit
from backend.identity import audit, passwords, sessions
from backend.identity.events import PasswordChanged
from backend.identity.models import Person, SessionEnd, Staff, StaffRole
from backend.viewer import Viewer


def email_key(email: str) -> str:
    """The address as it is compared: trimmed and case-folded. Raises InvalidInput for what is no address."""
    key = email.strip().casefold()
    local, at, domain = key.rpartition("@")
    if not (at and local and domain) or len(key) > 320 or not key.isprintable() or " " in key:
        raise InvalidInput(f"{email!r} is not an e-mail address.", field=["email"])
    return key


async def create(
    session: AsyncSession, *, email: str, name: str, role: StaffRole, actor: audit.Actor | Viewer = "command line"
) -> Staff:
    """Give a person a staff role; makes the person when nobody has the address. Raises Conflict if they have one."""
    key = email_key(email)
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise InvalidInput("Give a name of 1 to 200 characters.", field=["name"], params={"most": 200})
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


async def set_role(session: AsyncSession, viewer: Viewer, *, staff_id: UUID, role: StaffRole) -> UUID:
    """Give somebody of the staff another role; returns their id. Raises NotFound, and Conflict for the last admin."""
    found = await _locked(session, staff_id)
    if found.role != role:
        if found.role == StaffRole.ADMIN and found.is_active:
            await _require_another_admin(session, staff_id)
        await _change(session, viewer, found, "staff.role_set", role=role.value)
    return found.id


async def deactivate(session: AsyncSession, viewer: Viewer, *, staff_id: UUID) -> UUID:
    """Take somebody off the staff and sign them out; what they did stays. Returns their id.

    Raises NotFound, and Conflict for the last admin.
    """
    found = await _locked(session, staff_id)
    if found.is_active:
        if found.role == StaffRole.ADMIN:
            await _require_another_admin(session, staff_id)
        await _change(session, viewer, found, "staff.deactivated", is_active=False)
        await sessions.end_all(session, found.person_id, SessionEnd.REVOKED, actor=viewer)
    return found.id


async def reactivate(session: AsyncSession, viewer: Viewer, *, staff_id: UUID) -> UUID:
    """Take somebody onto the staff again, in the role that they had; returns their id. Raises NotFound."""
    found = await _locked(session, staff_id)
    if not found.is_active:
        await _change(session, viewer, found, "staff.reactivated", is_active=True)
    return found.id


async def _locked(session: AsyncSession, staff_id: UUID) -> Staff:
    """Somebody of the staff; whoever changes anybody's role waits for whoever else does, all admins in one order."""
    admins = select(Staff.id).where(Staff.role == StaffRole.ADMIN, Staff.is_active)
    await session.execute(admins.order_by(Staff.id).with_for_update())
    own = select(Staff).join(Person, Person.id == Staff.person_id).where(Person.erased_at.is_(None))
    found: Staff | None = await session.scalar(own.where(Staff.id == staff_id).with_for_update(of=Staff))
    if found is None:
        raise NotFound("There is nobody on the staff with this id.", field=["staffId"])
    return found


async def _require_another_admin(session: AsyncSession, staff_id: UUID) -> None:
    others = select(Staff.id).join(Person, Person.id == Staff.person_id)
    others = others.where(Staff.role == StaffRole.ADMIN, Staff.is_active, Staff.id != staff_id)
    if await session.scalar(others.where(Person.erased_at.is_(None)).limit(1)) is None:
        raise Conflict("This is the last admin: nobody could undo it. Make another admin first.", field=["staffId"])


async def _change(session: AsyncSession, viewer: Viewer, found: Staff, action: str, **values: str | bool) -> None:
    before = {name: getattr(found, name) for name in values}
    await session.execute(
        update(Staff).where(Staff.id == found.id).values(values).execution_options(synchronize_session=False)
    )
    await audit.record_of(session, viewer, action, subject=f"staff:{found.id}", before=before, after=values)
