"""What mails about notifications say, and when a day's digest goes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import func, text, update

from backend import mail
from backend.db.engine import SETTINGS, WriteSession
from backend.notifications.models import Matter, Notification
from backend.settings import Settings

MOST_LINES = 50
"""Lines of a digest; what is beyond is counted."""
MOST_PERSONS = 500
"""Digests of one run; the next takes the others."""

HEADINGS = {
    Matter.URGENT_ALERT: "Urgent",
    Matter.ALERT: "Alert",
    Matter.ALERT_REOPENED: "Open again",
    Matter.ALERT_RESOLVED: "Over",
    Matter.TASK_ASSIGNED: "Task for you",
}
# The words are those of now: a rule or a task may have another name than when it was told.
WORDS = """
select n.id, n.person_id, n.matter, p.email,
    concat_ws(': ', a.name, coalesce(r.name, t.title)) as title
from notifications n join persons p on p.id = n.person_id and p.erased_at is null and p.email is not null
left join accounts a on a.id = n.account_id
left join alerts l on l.id = n.alert_id left join alert_rules r on r.key = l.rule_key
left join tasks t on t.id = n.task_id
"""
AT_ONCE = text(f"{WORDS} where n.id = any(:ids) and n.mail = 'AT_ONCE' and n.mailed_at is null order by n.id")
# Eight in the morning where the person is: what was told before it and not mailed yet, unless today's digest has gone.
DIGEST = text(
    f"""
with zones as (
    select s.person_id, coalesce(p.time_zone, waymark_zone()) as zone
    from staff s join persons p on p.id = s.person_id where s.is_active
),
mornings as (
    select person_id, case when today <= waymark_now() then today else yesterday end as morning
    from (select person_id,
            (date_trunc('day', waymark_now() at time zone zone) + interval '8 hours') at time zone zone as today,
            (date_trunc('day', waymark_now() at time zone zone) - interval '16 hours') at time zone zone as yesterday
        from zones) as each
),
due as (
    select m.person_id, m.morning from mornings m
    where exists (select from notifications n where n.person_id = m.person_id and n.mail = 'DAILY'
            and n.mailed_at is null and n.created_at < m.morning)
        and not exists (select from notifications n where n.person_id = m.person_id and n.mail = 'DAILY'
            and n.mailed_at >= m.morning)
    order by m.person_id limit :most
)
{WORDS} join due d on d.person_id = n.person_id
where n.mail = 'DAILY' and n.mailed_at is null and n.created_at < d.morning
order by n.person_id, n.id for update of n
"""
)


async def at_once(session: WriteSession, ids: Sequence[UUID], sentence: str) -> None:
    """Queue the mails of notifications that are mailed at once, in the caller's transaction."""
    settings: Settings = session.info[SETTINGS]
    for row in (await session.execute(AT_ONCE, {"ids": list(ids)})).all():
        words = f"{row.title}\n\n{sentence}\n\n{_end(settings)}" if sentence else f"{row.title}\n\n{_end(settings)}"
        subject = f"{HEADINGS[Matter(row.matter)]}: {row.title}"
        await mail.queue(session, person_id=row.person_id, to=row.email, subject=subject, text=words)
        await _mailed(session, [row.id])


async def digest(session: WriteSession) -> None:
    """Queue the digest of everybody whose morning has come, one mail each; nothing where there is nothing to tell.

    Safe to repeat: what a digest told is noted in the transaction that queues it.
    """
    settings: Settings = session.info[SETTINGS]
    rows = (await session.execute(DIGEST, {"most": MOST_PERSONS})).all()
    for person_id, group in groupby(rows, key=lambda row: row.person_id):
        told = list(group)
        lines = [f"- {HEADINGS[Matter(row.matter)]}: {row.title}" for row in told[:MOST_LINES]]
        if len(told) > MOST_LINES:
            lines.append(f"and {len(told) - MOST_LINES} more")
        many = "1 thing" if len(told) == 1 else f"{len(told)} things"
        words = "\n".join(lines) + f"\n\n{_end(settings)}"
        subject = f"Since yesterday: {many} to know"
        await mail.queue(session, person_id=person_id, to=told[0].email, subject=subject, text=words)
        await _mailed(session, [row.id for row in told])


def _end(settings: Settings) -> str:
    return f"{settings.base_url}\nWhat you are mailed is up to you: setNotificationPreferences.\n"


async def _mailed(session: WriteSession, ids: Sequence[UUID]) -> None:
    await session.execute(
        update(Notification)
        .where(Notification.id.in_(ids))
        .values(mailed_at=func.waymark_now())
        .execution_options(synchronize_session=False)
    )
