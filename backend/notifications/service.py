"""Telling persons something, once each, and noting that they have read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.announcing import Announcement, Topic, announce
from backend.db.engine import WriteSession
from backend.errors import InvalidInput, NotFound
from backend.events import DomainEventRow
from backend.notifications import letters, preferences
from backend.notifications.models import MailWhen, Matter, Notification
from backend.permissions import Permission
from backend.viewer import Viewer

MOST_AT_ONCE = 1_000
READ_KEPT = timedelta(days=90)
UNREAD_KEPT = timedelta(days=365)


async def tell(
    session: WriteSession,
    persons: Collection[UUID],
    matter: Matter,
    event: DomainEventRow,
    *,
    alert_id: UUID | None = None,
    task_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Tell persons what happened, each as they want it, in the caller's transaction: in the inbox, by mail, or not.

    Whoever was told of this event before is not told again. Staff are told of an alert or a task, members of `facts`.
    """
    wanted = await preferences.wishes(session, persons, matter)
    rows = [
        {
            "person_id": person,
            "matter": matter.value,
            "event_id": event.id,
            "account_id": event.account_id,
            "alert_id": alert_id,
            "task_id": task_id,
            "facts": null() if facts is None else dict(facts),
            "in_app": wish.in_app,
            "mail": wish.mail.value,
        }
        for person, wish in sorted(wanted.items())
        if wish.in_app or wish.mail is not MailWhen.OFF
    ]
    if rows:
        told = insert(Notification).values(rows).on_conflict_do_nothing()
        made = (
            await session.execute(told.returning(Notification.id, Notification.person_id, Notification.in_app))
        ).all()
        for row in made:
            if row.in_app:
                announce(session, Announcement(Topic.NOTIFICATION, row.person_id, row.id))
        await letters.at_once(session, [row.id for row in made])


async def mark_read(session: WriteSession, viewer: Viewer, ids: Sequence[UUID] | None) -> list[UUID]:
    """Note that the viewer has read some of their notifications, or the newest 1,000 unread ones; ids of all these.

    One that was read before keeps its time. Raises InvalidInput for more than 1,000, and NotFound for one that is not
    the viewer's: then none is marked.
    """
    viewer.require(Permission.PROFILE_WRITE)
    own = and_(Notification.person_id == viewer.person_id, Notification.in_app)
    if ids is None:
        newest = select(Notification.id).where(own, Notification.read_at.is_(None))
        ids = list(
            await session.scalars(
                newest.order_by(Notification.created_at.desc(), Notification.id.desc()).limit(MOST_AT_ONCE)
            )
        )
    elif len(ids) > MOST_AT_ONCE:
        raise InvalidInput(f"Mark at most {MOST_AT_ONCE:,} notifications at once.", field=["notificationIds"])
    else:
        known = set(await session.scalars(select(Notification.id).where(own, Notification.id.in_(ids))))
        for place, one in enumerate(ids):
            if one not in known:
                raise NotFound("There is no such notification of yours.", field=["notificationIds", str(place)])
    read = await session.scalars(
        update(Notification)
        .where(own, Notification.id.in_(ids), Notification.read_at.is_(None))
        .values(read_at=func.waymark_now())
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    )
    marked = read.all()
    if marked:  # one of them says that the count is another
        announce(session, Announcement(Topic.NOTIFICATION, viewer.person_id, marked[0]))
    return list(ids)


async def prune(session: WriteSession) -> None:
    """Forget what is 90 days old and was read, and what is a year old."""
    now = func.waymark_now()
    await session.execute(
        delete(Notification).where(
            Notification.created_at < now - READ_KEPT,
            or_(
                Notification.read_at.is_not(None),
                Notification.in_app.is_(False),
                Notification.created_at < now - UNREAD_KEPT,
            ),
        )
    )
