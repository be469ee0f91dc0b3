"""What mails about notifications say, and when a day's digest goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote
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
PLACES = {
    Matter.PAYMENT_FAILED: "/plan-and-billing",
    Matter.LIMIT_REACHED: "/insights/usage",
    Matter.LIMIT_NEAR: "/insights/usage",
    Matter.STANDING_CHANGED: "/insights/health",
    Matter.TEAMMATE_JOINED: "/people",
}
"""Where members see more of a matter."""
PREFERENCES = "/settings/notifications"
"""Where members say what they want to be mailed."""
# The words are those of now: a rule or a task may have another name than when it was told, and an alert other numbers.
WORDS = """
select n.id, n.person_id, n.matter, p.email, a.id as account_id, a.external_id, a.name as account,
    n.facts is not null as is_of_member, coalesce(waymark_told(n.matter, n.facts), r.name, t.title) as title,
    case when l.id is not null then waymark_sentence(r.definition ->> 'sentence', l.facts)
        else coalesce('Due on ' || t.due_on || '.', '') end as sentence,
    n.matter <> 'ALERT_RESOLVED' and coalesce(l.state = 'RESOLVED', t.state <> 'OPEN') as is_over
from notifications n join persons p on p.id = n.person_id and p.erased_at is null and p.email is not null
left join accounts a on a.id = n.account_id
left join alerts l on l.id = n.alert_id left join alert_rules r on r.key = l.rule_key
left join tasks t on t.id = n.task_id
"""
AT_ONCE = text(f"{WORDS} where n.id = any(:ids) and n.mail = 'AT_ONCE' and n.mailed_at is null order by n.id")
# Who left since is not mailed any more.
STAYS = """case when n.facts is null then exists (select from staff s where s.person_id = n.person_id and s.is_active)
    else exists (select from members m where m.person_id = n.person_id and m.account_id = n.account_id
        and m.state = 'ACTIVE') end"""
# Eight in the morning where the person is: what was told before it and not mailed yet, unless today's digest has gone.
DIGEST = text(
    f"""
with zones as (
    select p.id as person_id, coalesce(p.time_zone, waymark_zone()) as zone from persons p
    where p.id in (select n.person_id from notifications n where n.mail = 'DAILY' and n.mailed_at is null and {STAYS})
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
            and n.mailed_at is null and n.created_at < m.morning and {STAYS})
        and not exists (select from notifications n where n.person_id = m.person_id and n.mail = 'DAILY'
            and n.mailed_at >= m.morning)
    order by m.person_id limit :most
)
{WORDS} join due d on d.person_id = n.person_id
where n.mail = 'DAILY' and n.mailed_at is null and n.created_at < d.morning and {STAYS}
order by n.person_id, is_of_member, n.id for update of n
"""
)


async def at_once(session: WriteSession, ids: Sequence[UUID]) -> None:
    """Queue the mails of notifications that are mailed at once, in the caller's transaction."""
    settings: Settings = session.info[SETTINGS]
    for row in (await session.execute(AT_ONCE, {"ids": list(ids)})).all():
        title = f"{row.account}: {row.title}" if row.account else row.title
        parts = (title, row.sentence, _where(settings, row), _end(settings, row))
        words = "\n\n".join(part for part in parts if part)
        subject = title.rstrip(".") if row.is_of_member else f"{HEADINGS[Matter(row.matter)]}: {title}"
        await mail.queue(session, person_id=row.person_id, to=row.email, subject=subject, text=words)
        await _mailed(session, [row.id])


async def digest(session: WriteSession) -> None:
    """Queue the digest of everybody whose morning has come, one mail each; nothing where there is nothing to tell. Who
    is both staff and a member has two.

    Safe to repeat: what a digest told is noted in the transaction that queues it.
    """
    settings: Settings = session.info[SETTINGS]
    rows = (await session.execute(DIGEST, {"most": MOST_PERSONS})).all()
    for (person_id, _), group in groupby(rows, key=lambda row: (row.person_id, row.is_of_member)):
        told = list(group)
        many = "1 thing" if len(told) == 1 else f"{len(told)} things"
        subject = f"Since yesterday: {many} to know"
        words = "\n\n".join((*_by_account(settings, told[:MOST_LINES]), *_beyond(told), _end(settings, told[0])))
        await mail.queue(session, person_id=person_id, to=told[0].email, subject=subject, text=words)
        await _mailed(session, [row.id for row in told])


def _by_account(settings: Settings, told: Sequence[Any]) -> Iterator[str]:
    """A paragraph an account, in the order in which each was first told of: its name, what changed, where to look."""
    accounts: dict[UUID | None, list[Any]] = {}
    for row in told:
        accounts.setdefault(row.account_id, []).append(row)
    for rows in accounts.values():
        lines = [f"- {_line(row)}" for row in rows]
        places = dict.fromkeys(_where(settings, row) for row in rows)
        yield "\n".join(part for part in (rows[0].account, *lines, *places) if part)


def _line(row: Any) -> str:
    """What changed."""
    if row.is_of_member:
        return str(row.title)
    said = f"{HEADINGS[Matter(row.matter)]}: {row.title.rstrip('.')}. {row.sentence}".rstrip()
    return f"{said} It is over by now." if row.is_over else said


def _where(settings: Settings, row: Any) -> str:
    """Where to look: members at the matter's page, staff at the account; nothing where it is not said where that is, or
    there is no account.
    """
    if row.is_of_member:
        return f"{settings.base_url}{PLACES[Matter(row.matter)]}"
    if row.account_id is None or ("{external_id}" in settings.account_url and not row.external_id):
        return ""
    key = quote(row.external_id or "", safe="")
    return settings.account_url.replace("{external_id}", key).replace("{id}", f"acct_{row.account_id.hex}")


def _beyond(told: Sequence[Any]) -> list[str]:
    return [f"and {len(told) - MOST_LINES} more"] if len(told) > MOST_LINES else []


def _end(settings: Settings, row: Any) -> str:
    if row.is_of_member:
        return f"What you are mailed is up to you: {settings.base_url}{PREFERENCES}\n"
    return f"{settings.base_url}\nWhat you are mailed is up to you: setNotificationPreferences.\n"


async def _mailed(session: WriteSession, ids: Sequence[UUID]) -> None:
    await session.execute(
        update(Notification)
        .where(Notification.id.in_(ids))
        .values(mailed_at=func.waymark_now())
        .execution_options(synchronize_session=False)
    )
