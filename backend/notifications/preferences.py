"""What each person wants to be told, and how."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.db.engine import WriteSession
from backend.errors import InvalidInput
from backend.notifications.models import MailWhen, Matter, NotificationPreference
from backend.permissions import Permission
from backend.viewer import Viewer


@dataclass(frozen=True)
class Wish:
    """How somebody wants to be told of a matter."""

    in_app: bool
    mail: MailWhen


STAFF: Mapping[Matter, Wish] = {
    Matter.URGENT_ALERT: Wish(True, MailWhen.AT_ONCE),
    Matter.ALERT: Wish(True, MailWhen.AT_ONCE),
    Matter.ALERT_REOPENED: Wish(True, MailWhen.DAILY),
    Matter.ALERT_RESOLVED: Wish(True, MailWhen.OFF),
    Matter.TASK_ASSIGNED: Wish(True, MailWhen.DAILY),
}
"""What staff are told of, and how where they said nothing."""


@dataclass(frozen=True)
class Concern:
    """A matter of members."""

    permission: Permission
    """What one needs in the account to be told."""
    wish: Wish
    """How one is told who said nothing: in the inbox, and by mail where something has to be done."""


MEMBERS: Mapping[Matter, Concern] = {
    Matter.PAYMENT_FAILED: Concern(Permission.BILLING_READ, Wish(True, MailWhen.AT_ONCE)),
    Matter.LIMIT_REACHED: Concern(Permission.BILLING_READ, Wish(True, MailWhen.AT_ONCE)),
    Matter.LIMIT_NEAR: Concern(Permission.BILLING_READ, Wish(True, MailWhen.DAILY)),
    Matter.STANDING_CHANGED: Concern(Permission.ACCOUNTS_READ, Wish(True, MailWhen.OFF)),
    Matter.TEAMMATE_JOINED: Concern(Permission.PEOPLE_READ, Wish(True, MailWhen.OFF)),
}
"""What members are told of, in the order in which they are asked."""

DEFAULTS: Mapping[Matter, Wish] = {**STAFF, **{matter: concern.wish for matter, concern in MEMBERS.items()}}


def matters_of(kind: str, permissions: Collection[str]) -> list[Matter]:
    """What somebody may be told of, as staff or as a member with these permissions."""
    if kind == "staff":
        return list(STAFF) if Permission.ACCOUNTS_INTERNAL in permissions else []
    return [matter for matter, concern in MEMBERS.items() if concern.permission in permissions]


async def wishes(session: WriteSession, persons: Collection[UUID], matter: Matter) -> dict[UUID, Wish]:
    """How each of these persons wants to be told of a matter."""
    rows = await session.scalars(
        select(NotificationPreference).where(
            NotificationPreference.person_id.in_(persons), NotificationPreference.matter == matter.value
        )
    )
    chosen = {row.person_id: Wish(row.in_app, MailWhen(row.mail)) for row in rows}
    return {person: chosen.get(person, DEFAULTS[matter]) for person in persons}


async def set_own(session: WriteSession, viewer: Viewer, wanted: Sequence[tuple[Matter, Wish]]) -> UUID:
    """Set how the viewer wants to be told of some matters, the others stay; returns the person's id.

    Raises InvalidInput for an API key, for a matter that is not the viewer's or is named twice, and for urgent alerts
    that come late or never.
    """
    viewer.require(Permission.PROFILE_WRITE)
    if viewer.person_id is None:
        raise InvalidInput("An API key is nobody: sign in as the person whose preferences these are.")
    own = matters_of(viewer.kind, viewer.permissions)
    for place, (matter, wish) in enumerate(wanted):
        here = ["preferences", str(place)]
        if matter not in own:
            raise InvalidInput(f"You are not told of {matter.value}.", field=here)
        if any(matter is before for before, _ in wanted[:place]):
            raise InvalidInput(f"{matter.value} is named twice.", field=here)
        if matter is Matter.URGENT_ALERT and not wish.in_app and wish.mail is not MailWhen.AT_ONCE:
            raise InvalidInput("Urgent alerts reach you at once in one way: in the inbox or by mail.", field=here)
    for matter, wish in sorted(wanted, key=lambda one: one[0].value):
        values = {"in_app": wish.in_app, "mail": wish.mail.value}
        row = insert(NotificationPreference).values(person_id=viewer.person_id, matter=matter.value, **values)
        await session.execute(row.on_conflict_do_update(index_elements=["person_id", "matter"], set_=values))
    return viewer.person_id
