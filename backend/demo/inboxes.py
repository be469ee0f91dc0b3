"""What is in the inboxes when somebody first looks: what happened lately, told on the way that everything is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, text

from backend.alerts import service as alerts
from backend.alerts import telling
from backend.billing import limits
from backend.db.engine import WriteSession
from backend.demo.company import Calendar, Company
from backend.demo.money import at
from backend.demo.staffing import Colleague
from backend.events import emit
from backend.health.standing import CustomerStandingChanged
from backend.identity.events import MemberJoined
from backend.identity.models import Session, SessionEnd, SignInMethod, StaffRole
from backend.notifications import members, tasks
from backend.notifications.models import Matter
from backend.permissions import STAFF_PERMISSIONS
from backend.tasks.events import TaskCreated
from backend.viewer import Viewer

NEWS_DAYS = 45
"""So far back reaches what members were told."""
READ_AFTER = timedelta(hours=5)
UNREAD = timedelta(days=4)
"""What is older was read."""
GIVEN_TASKS = 2
JUDGED_DAYS = 4
"""Alerts that are older were judged, most of them as useful."""


async def fill(
    session: WriteSession,
    calendar: Calendar,
    staff: Sequence[Colleague],
    visited: Mapping[UUID, Company],
) -> None:
    """Tell staff of alerts and tasks, and visitors (by their person) of what happened in their accounts.

    What the loader asked the workers to tell is told by now; nothing is left to them.
    """
    manager = next(one for one in staff if one.role == "MANAGER")
    persons = [*(one.person_id for one in staff), *visited]
    await session.execute(text(UNMAILED), {"persons": persons, "matters": [matter.value for matter in Matter]})
    for event in (
        await session.scalars(text("select id from domain_events where type = 'AlertOpened' order by id"))
    ).all():
        await telling.tell(session, event)
    for row in (await session.execute(text(TASKS), {"manager": manager.staff_id, "most": GIVEN_TASKS})).all():
        given = TaskCreated(account_id=row.account_id, task_id=row.id, assignee_id=row.assignee_id)
        await tasks.tell(session, await emit(session, given))
    await _been_here(session, calendar, visited)
    await limits.note(session)
    values = {"accounts": [company.account_id for company in visited.values()], "since": at(calendar.day(-NEWS_DAYS))}
    for row in (await session.execute(text(STANDINGS), values)).all():
        await emit(session, CustomerStandingChanged(**row._mapping))
    for row in (await session.execute(text(JOINED), values | {"visitors": list(visited)})).all():
        await emit(session, MemberJoined(account_id=row.account_id, person_id=row.person_id, member_id=row.id))
    about = values | {"types": list(members.TOLD)}
    for event in (await session.scalars(text(EVENTS), about)).all():
        await members.tell(session, event, news=timedelta(days=NEWS_DAYS + 1))
    await session.execute(text(WHEN))
    await session.execute(text(READ), {"after": READ_AFTER, "unread": UNREAD})
    await session.execute(text(MAILED))
    await session.execute(text(DONE))


async def judge(session: WriteSession, staff: Sequence[Colleague], before: datetime) -> None:
    """Have alerts that opened before a time judged, three of four as useful."""
    csm = next(one for one in staff if one.role == "CSM")
    viewer = Viewer("staff", person_id=csm.person_id, permissions=STAFF_PERMISSIONS[StaffRole.CSM])
    chosen = text("select id from alerts where opened_at < :before order by rule_key, id")
    for place, alert in enumerate((await session.scalars(chosen, {"before": before})).all()):
        await alerts.judge(session, viewer, alert_id=alert, is_useful=place % 4 != 3)


async def _been_here(session: WriteSession, calendar: Calendar, visited: Mapping[UUID, Company]) -> None:
    """Visitors were here some days ago: members who never were are told of nothing."""
    came = at(calendar.day(-9), 9)
    gone = came + timedelta(hours=1)
    rows = [
        {
            "person_id": person,
            "account_id": company.account_id,
            "how": SignInMethod.PASSWORD.value,
            "created_at": came,
            "refreshed_at": came,
            "expires_at": gone + timedelta(days=14),
            "ends_at": gone + timedelta(days=30),
            "ended_at": gone,
            "end_reason": SessionEnd.SIGNED_OUT.value,
        }
        for person, company in visited.items()
    ]
    await session.execute(insert(Session), rows)


# Nobody is mailed of what is old: while it is told, everybody wants it in the inbox alone.
UNMAILED = """
insert into notification_preferences (person_id, matter, in_app, mail)
select p, m, true, 'OFF' from unnest(cast(:persons as uuid[])) p cross join unnest(cast(:matters as text[])) m
"""
MAILED = "delete from notification_preferences"
TASKS = """
update tasks set created_by = :manager
where id in (select t.id from tasks t join staff s on s.id = t.assignee_id join persons p on p.id = s.person_id
    where t.state = 'OPEN' and p.email like 'csm@%' order by t.created_at desc, t.id limit :most)
returning id, account_id, assignee_id
"""
STANDINGS = """
select account_id, before, after, model_version, occurred_on from (
    select account_id, band as after, model_version, day as occurred_on,
        lag(band) over (partition by account_id order by day) as before
    from customer_health_snapshots where account_id = any(:accounts) and revision = 0) s
where before <> after and 'INSUFFICIENT_DATA' not in (before, after)
    and occurred_on >= (cast(:since as timestamptz))::date
order by occurred_on
"""
JOINED = """
select distinct on (account_id) id, account_id, person_id from members
where account_id = any(:accounts) and joined_on >= (cast(:since as timestamptz))::date and state = 'ACTIVE'
    and person_id <> all(:visitors)
order by account_id, joined_on desc, id
"""
EVENTS = """
select id from domain_events where account_id = any(:accounts) and type = any(:types) and occurred_at >= :since
order by occurred_at, id
"""
# Each when it happened, instead of when the demo was loaded.
WHEN = """
update notifications n set created_at = least(n.created_at, coalesce(
    (select a.opened_at + interval '1 minute' from alerts a where a.id = n.alert_id),
    (select t.created_at from tasks t where t.id = n.task_id),
    (select (e.body ->> 'occurred_on')::date + time '07:00' at time zone 'UTC' from domain_events e
        where e.id = n.event_id),
    (select m.joined_on + time '10:00' at time zone 'UTC' from domain_events e
        join members m on m.id = (e.body ->> 'member_id')::uuid where e.id = n.event_id),
    n.created_at))
"""
READ = """
update notifications set read_at = created_at + cast(:after as interval)
where created_at < waymark_now() - cast(:unread as interval)
"""
DONE = """
delete from work_items where kind in ('alerts.tell', 'notifications.tell_of_task', 'notifications.tell_members')
"""
