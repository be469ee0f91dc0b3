"""Who belongs to an account, as its own admins and staff settle it. Sources state members in `service.py`."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import Uuid

from backend.db import clock
from backend.db.engine import WriteSession
from backend.errors import Forbidden, NotFound
from backend.events import emit
from backend.identity import audit, keys, letters, tombstones
from backend.identity.errors import AlreadyMember, LastAdmin
from backend.identity.events import MemberInvited, MemberJoined, MemberRemoved, MemberUpdated
from backend.identity.models import Member, MemberRole, MemberState
from backend.identity.service import MemberFacts, put_members
from backend.identity.staff import email_key
from backend.permissions import Permission
from backend.texts import line
from backend.viewer import Viewer


async def invite(
    session: WriteSession,
    viewer: Viewer,
    *,
    account_id: UUID,
    email: str,
    name: str | None = None,
    role: MemberRole = MemberRole.MEMBER,
    title: str | None = None,
) -> UUID:
    """Invite a person into an account; returns the membership's id. Whoever is invited already is invited again.

    The account must exist and be visible to the viewer. A name is for a person who is not known yet. Raises
    AlreadyMember, and InvalidInput for what is no address.
    """
    viewer.require(Permission.PEOPLE_WRITE)
    await tombstones.hold(session)
    key = email_key(email)
    called = line(name, field="name") if name is not None else None
    person_id = await session.scalar(
        select(func.waymark_person_of(key, email.strip(), called, type_=Uuid())),
    )
    values = {"role": role.value, "state": MemberState.INVITED.value}
    if title is not None:
        values["title"] = line(title, field="title")
    today = await clock.today(session)
    statement = insert(Member).values(account_id=account_id, person_id=person_id, joined_on=today, **values)
    member_id: UUID | None = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=[Member.account_id, Member.person_id],
            set_={**values, "left_on": None},
            where=Member.state != MemberState.ACTIVE,
        ).returning(Member.id)
    )
    if member_id is None:
        raise AlreadyMember(email.strip())
    await emit(session, MemberInvited(account_id=account_id, person_id=person_id, member_id=member_id, role=role.value))
    await audit.record_of(
        session, viewer, "member.invited", subject=f"member:{member_id}", account_id=account_id, after=values
    )
    return member_id


async def join(
    session: WriteSession,
    account_id: UUID,
    person_id: UUID,
    *,
    actor: audit.Actor,
    actor_person_id: UUID | None = None,
    after: Mapping[str, str] | None = None,
) -> None:
    """Make a person an active member from today on, invited or not; the caller has made sure that they may be one."""
    today = await clock.today(session)
    await put_members(session, [MemberFacts(account_id, person_id, joined_on=today, state=MemberState.ACTIVE.value)])
    member_id = await session.scalar(
        select(Member.id).where(Member.account_id == account_id, Member.person_id == person_id)
    )
    assert member_id is not None  # noqa: S101 - just made
    await emit(session, MemberJoined(account_id=account_id, person_id=person_id, member_id=member_id))
    await audit.record(
        session,
        "member.joined",
        actor=actor,
        actor_person_id=actor_person_id,
        subject=f"member:{member_id}",
        account_id=account_id,
        after=after,
    )


async def remove(session: WriteSession, viewer: Viewer, *, member_id: UUID) -> UUID:
    """End a membership today, and the API keys of the account that the person made; returns its id. One that has ended
    stays as it is.

    Raises NotFound, and LastAdmin where a member would leave the account without anybody who may manage it.
    """
    viewer.require(Permission.PEOPLE_WRITE)
    member, admins = await _locked(session, member_id)
    if member.state == MemberState.LEFT:
        return member.id
    _keep_an_admin(viewer, member, admins)
    before = member.state
    await session.execute(
        update(Member)
        .where(Member.id == member.id)
        .values(state=MemberState.LEFT.value, left_on=func.greatest(Member.joined_on, await clock.today(session)))
        .execution_options(synchronize_session=False)
    )
    await emit(session, MemberRemoved(account_id=member.account_id, person_id=member.person_id, member_id=member.id))
    await audit.record_of(
        session,
        viewer,
        "member.removed",
        subject=f"member:{member.id}",
        account_id=member.account_id,
        before={"state": before, "role": member.role},
        after={"state": MemberState.LEFT.value},
    )
    await keys.end_of_left(session, [(member.account_id, member.person_id)], viewer=viewer)
    return member.id


async def leave(session: WriteSession, viewer: Viewer) -> None:
    """End the viewer's own memberships today, in all accounts, and the API keys that they made.

    Raises LastAdmin where colleagues would be left without an admin. Who is alone in an account may go.
    """
    is_own, is_active = Member.person_id == viewer.person_id, Member.state == MemberState.ACTIVE
    accounts = select(Member.account_id).where(is_own, Member.state != MemberState.LEFT)
    held = await session.scalars(
        select(Member)
        .where(Member.account_id.in_(accounts), or_(is_own, and_(is_active, Member.role == MemberRole.ADMIN)))
        .order_by(Member.id)
        .with_for_update()
    )
    members = held.all()
    own = [member for member in members if member.person_id == viewer.person_id and member.state != MemberState.LEFT]
    for member in own:
        of_account = [other for other in members if other.account_id == member.account_id]
        others = select(Member.id).where(Member.account_id == member.account_id, ~is_own, is_active)
        is_admin = member.role == MemberRole.ADMIN and member.state == MemberState.ACTIVE
        if is_admin and of_account == [member] and await session.scalar(others.limit(1)):
            raise LastAdmin(await letters.account(session, member.account_id))
    today = await clock.today(session)
    for member in own:
        await session.execute(
            update(Member)
            .where(Member.id == member.id)
            .values(state=MemberState.LEFT.value, left_on=func.greatest(Member.joined_on, today))
            .execution_options(synchronize_session=False)
        )
        about = {"account_id": member.account_id, "person_id": member.person_id, "member_id": member.id}
        await emit(session, MemberRemoved(**about))
        await audit.record_of(
            session,
            viewer,
            "member.removed",
            subject=f"member:{member.id}",
            account_id=member.account_id,
            before={"state": member.state, "role": member.role},
            after={"state": MemberState.LEFT.value},
        )
    await keys.end_of_left(session, [(member.account_id, member.person_id) for member in own], viewer=viewer)


async def change(
    session: WriteSession,
    viewer: Viewer,
    *,
    member_id: UUID,
    role: MemberRole | None = None,
    title: tuple[str | None] | None = None,
    is_champion: bool | None = None,
) -> UUID:
    """Change a membership; returns its id. None leaves a value as it is, `(None,)` empties the title.

    Staff alone say who is a champion. Raises NotFound, LastAdmin, Forbidden, InvalidInput.
    """
    viewer.require(Permission.PEOPLE_WRITE)
    if is_champion is not None and viewer.kind != "staff":
        raise Forbidden("Staff alone say who is a champion.")
    member, admins = await _locked(session, member_id)
    changes: dict[str, object] = {}
    if role is not None and role != member.role:
        _keep_an_admin(viewer, member, admins)
        changes["role"] = role.value
    if title is not None:
        wanted = line(title[0], field="title") if title[0] is not None else None
        if wanted != member.title:
            changes["title"] = wanted
    if is_champion is not None and is_champion != member.is_champion:
        changes["is_champion"] = is_champion
    if not changes:
        return member.id
    await session.execute(
        update(Member).where(Member.id == member.id).values(changes).execution_options(synchronize_session=False)
    )
    if "role" in changes:
        await emit(
            session,
            MemberUpdated(
                account_id=member.account_id,
                person_id=member.person_id,
                member_id=member.id,
                before=member.role,
                after=str(changes["role"]),
            ),
        )
    told = [name for name in ("role", "is_champion") if name in changes]
    await audit.record_of(
        session,
        viewer,
        "member.updated",
        subject=f"member:{member.id}",
        account_id=member.account_id,
        before={name: getattr(member, name) for name in told},
        after={name: changes[name] for name in told} | ({"changed": ["title"]} if "title" in changes else {}),
    )
    return member.id


async def _locked(session: WriteSession, member_id: UUID) -> tuple[Member, set[UUID]]:
    """A membership and the active admins of its account, all held until the end, in the order of their ids."""
    account_id = await session.scalar(select(Member.account_id).where(Member.id == member_id))
    is_admin = and_(Member.role == MemberRole.ADMIN, Member.state == MemberState.ACTIVE)
    held = await session.scalars(
        select(Member)
        .where(Member.account_id == account_id, or_(Member.id == member_id, is_admin))
        .order_by(Member.id)
        .with_for_update()
    )
    members = {member.id: member for member in held}
    if member_id not in members:
        raise NotFound("There is no such member, or you may not see them.", field=["memberId"])
    admins = {
        member.id
        for member in members.values()
        if member.role == MemberRole.ADMIN and member.state == MemberState.ACTIVE
    }
    return members[member_id], admins


def _keep_an_admin(viewer: Viewer, member: Member, admins: set[UUID]) -> None:
    """Raise LastAdmin where a member would leave the account without an active admin; staff may."""
    if viewer.kind != "staff" and admins == {member.id}:
        raise LastAdmin
