"""What staff are mailed: at once, in one digest a day, or not, as each of them wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select, text

from backend.alerts import service as alerts
from backend.alerts.models import Alert
from backend.db.engine import SETTINGS, Database, WriteSession
from backend.errors import InvalidInput
from backend.events import DomainEventRow
from backend.identity.models import Person, Staff, StaffRole
from backend.mail import Mail
from backend.mail.letter import Letter, unpacked
from backend.mail.service import PURPOSE
from backend.notifications import letters, preferences
from backend.notifications import tasks as telling_of_tasks
from backend.notifications.models import MailWhen, Matter, Notification
from backend.notifications.preferences import Wish
from backend.permissions import Permission
from backend.sealing import unseal
from backend.settings import Settings
from backend.tasks import service as tasks
from backend.viewer import Viewer
from tests.alerts.test_alerts import CANCELLATION, CHURN_RISK, happened, look, rules
from tests.factories import make_account, make_staff
from tests.graphql.mutation.cases import made
from tests.graphql.world import World
from tests.notifications.test_telling import by, notifying, tell_all


async def mailed(session: WriteSession) -> list[tuple[str, str, str]]:
    """Recipient, subject and first lines of every mail that was queued."""
    settings = session.info[SETTINGS]
    found = []
    for row in await session.scalars(select(Mail).order_by(Mail.recipient, Mail.id)):
        letter: Letter = unpacked(unseal(settings, PURPOSE, row.content or b""))
        found.append((row.recipient, letter.subject, letter.text.partition("\nhttp://127.0.0.1")[0]))
    return found


async def alert(session: WriteSession, rule: dict[str, Any] = CHURN_RISK, name: str = "Acme") -> None:
    """Open an alert on a new account, and tell the managers."""
    await rules(session, one=notifying(rule, roles=["MANAGER"]))
    account = await make_account(session, name, mrr_minor=1000)
    if "happens" in rule:
        await happened(session, account.id)
    await look(session)
    await tell_all(session)


async def told_at(session: WriteSession, at: str) -> None:
    """Say when everything that waits for a digest was told."""
    await session.execute(
        text("update notifications set created_at = :at where mailed_at is null"), {"at": datetime.fromisoformat(at)}
    )


async def at(database: Database, settings: Settings, instant: str) -> list[tuple[str, str, str]]:
    """Move the clock to an instant and have the digests mailed; every mail so far."""
    connection = await asyncpg.connect(settings.migrate_url)
    await connection.execute(
        "insert into clock_offset (moved_by) values ($1 - now())"
        " on conflict (id) do update set moved_by = excluded.moved_by",
        datetime.fromisoformat(instant),
    )
    await connection.close()
    async with database.begin() as session:
        await letters.digest(session)
    async with database.begin() as session:
        return await mailed(session)


async def make_manager(session: WriteSession, email: str, zone: str | None = None) -> Staff:
    """One who has alerts that are not urgent gathered into the digest."""
    staff = await make_staff(session, StaffRole.MANAGER, email=email)
    (await session.get_one(Person, staff.person_id)).time_zone = zone
    await preferences.set_own(session, by(staff), [(Matter.ALERT, Wish(True, MailWhen.DAILY))])
    await session.flush()
    return staff


async def test_an_urgent_alert_is_mailed_at_once_and_once(session: WriteSession) -> None:
    await make_manager(session, "ada@example.com")

    await alert(session, CANCELLATION)
    await tell_all(session)

    assert await mailed(session) == [
        (
            "ada@example.com",
            "Urgent: Acme: Cancellation intent",
            "Acme: Cancellation intent\n\nLooked for a way out (1 times).\n",
        )
    ]


async def test_each_is_told_as_they_want_it(session: WriteSession) -> None:
    wants = {
        "both": Wish(True, MailWhen.AT_ONCE),
        "mail": Wish(False, MailWhen.AT_ONCE),
        "inbox": Wish(True, MailWhen.OFF),
        "nothing": Wish(False, MailWhen.OFF),
    }
    names = {}
    for name, wish in wants.items():
        staff = await make_manager(session, f"{name}@example.com")
        names[staff.person_id] = name
        await preferences.set_own(session, by(staff), [(Matter.ALERT, wish)])

    await alert(session)

    rows = await session.scalars(select(Notification))
    assert {names[row.person_id]: (row.in_app, row.mailed_at is not None) for row in rows} == {
        "both": (True, True),
        "mail": (False, True),
        "inbox": (True, False),
    }
    assert [recipient for recipient, *_ in await mailed(session)] == ["both@example.com", "mail@example.com"]


async def test_urgent_alerts_cannot_be_put_off(session: WriteSession) -> None:
    staff = await make_manager(session, "ada@example.com")

    for when in (MailWhen.OFF, MailWhen.DAILY):
        with pytest.raises(InvalidInput, match="Urgent alerts reach you at once"):
            await preferences.set_own(session, by(staff), [(Matter.URGENT_ALERT, Wish(False, when))])
    twice = [(Matter.ALERT, Wish(True, MailWhen.OFF)), (Matter.ALERT, Wish(True, MailWhen.DAILY))]
    with pytest.raises(InvalidInput, match="ALERT is named twice"):
        await preferences.set_own(session, by(staff), twice)

    wished = await preferences.wishes(session, [staff.person_id], Matter.URGENT_ALERT)
    assert wished == {staff.person_id: Wish(True, MailWhen.AT_ONCE)}


async def test_a_digest_comes_once_at_eight_in_the_morning_of_each_ones_zone(
    database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        await make_manager(session, "berlin@example.com", "Europe/Berlin")
        await make_manager(session, "utc@example.com")
        await alert(session, name="Acme")
        await alert(session, name="Zenith")
        await told_at(session, "2099-01-10T20:00:00+00:00")

    too_early = await at(database, settings, "2099-01-11T06:59:00+00:00")
    berlin = await at(database, settings, "2099-01-11T07:00:30+00:00")
    await at(database, settings, "2099-01-11T08:01:00+00:00")
    both = await at(database, settings, "2099-01-11T20:00:00+00:00")

    subject = "Since yesterday: 2 things to know"
    lines = "Acme\n- Alert: Small and dear. Pays much.\n\nZenith\n- Alert: Small and dear. Pays much.\n"
    assert too_early == []
    assert berlin == [("berlin@example.com", subject, lines)]
    assert both == [("berlin@example.com", subject, lines), ("utc@example.com", subject, lines)]


async def test_what_comes_after_the_morning_waits_for_the_next_and_an_empty_day_has_no_mail(
    database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        await make_manager(session, "ada@example.com")
        await alert(session, name="Acme")
        await told_at(session, "2099-01-11T07:00:00+00:00")
    await at(database, settings, "2099-01-11T08:01:00+00:00")
    async with database.begin() as session:
        await alert(session, name="Zenith")
        await told_at(session, "2099-01-11T08:30:00+00:00")

    same_day = await at(database, settings, "2099-01-11T23:00:00+00:00")
    next_day = await at(database, settings, "2099-01-12T09:00:00+00:00")
    empty = await at(database, settings, "2099-01-13T09:00:00+00:00")

    assert len(same_day) == 1
    assert [subject for _, subject, _ in next_day] == ["Since yesterday: 1 thing to know"] * 2
    assert empty == next_day


async def test_a_digest_says_by_account_what_changed_and_where_to_look(session: WriteSession) -> None:
    session.info[SETTINGS] = replace(session.info[SETTINGS], account_url="https://crm.example/{external_id}?id={id}")
    staff, giver = await make_manager(session, "ada@example.com"), await make_staff(session)
    cancelling = {**CANCELLATION, "severity": "WARNING"}
    managers = {"dear": CHURN_RISK, "cancel": cancelling}
    await rules(session, **{key: notifying(rule, roles=["MANAGER"]) for key, rule in managers.items()})
    acme = await make_account(session, "Acme", external_id="a/1", mrr_minor=1000)
    zenith = await make_account(session, "Zenith", external_id="z")
    for account in (acme, acme, zenith):
        await happened(session, account.id)
    await look(session)
    await tell_all(session)
    dear = await session.scalar(select(Alert.id).where(Alert.rule_key == "dear"))
    assert dear is not None
    await alerts.resolve(session, by(giver), alert_id=dear)
    viewer = Viewer("staff", person_id=giver.person_id, permissions=frozenset({Permission.TASKS_WRITE}))
    due = date(2099, 1, 12)
    await tasks.create(session, viewer, title="Call.", account_id=zenith.id, assignee_id=staff.id, due_on=due)
    await tasks.create(session, viewer, title="Write the report", assignee_id=staff.id)
    for event_id in await session.scalars(select(DomainEventRow.id).where(DomainEventRow.type == "TaskCreated")):
        await telling_of_tasks.tell(session, event_id)
    await told_at(session, "2000-01-01T00:00:00+00:00")

    await letters.digest(session)

    [(_, subject, words)] = await mailed(session)
    assert subject == "Since yesterday: 5 things to know"
    assert (
        words
        == f"""\
Acme
- Alert: Cancellation intent. Looked for a way out (2 times).
- Alert: Small and dear. Pays much. It is over by now.
https://crm.example/a%2F1?id=acct_{acme.id.hex}

Zenith
- Alert: Cancellation intent. Looked for a way out (1 times).
- Task for you: Call. Due on 2099-01-12.
https://crm.example/z?id=acct_{zenith.id.hex}

- Task for you: Write the report.
"""
    )


async def test_preferences_are_read_and_set_over_the_api(own_world: World) -> None:
    query = "{ viewer { notificationPreferences { matter inApp mail } } }"
    before = await own_world.data("CSM", query)
    wanted = {"preferences": [{"matter": "TASK_ASSIGNED", "inApp": False, "mail": "AT_ONCE"}]}
    await made(own_world, "setNotificationPreferences", "person { id }", wanted)
    after = await own_world.data("CSM", query)
    others = await own_world.data("staff", query)

    defaults = [
        {"matter": "URGENT_ALERT", "inApp": True, "mail": "AT_ONCE"},
        {"matter": "ALERT", "inApp": True, "mail": "AT_ONCE"},
        {"matter": "ALERT_REOPENED", "inApp": True, "mail": "DAILY"},
        {"matter": "ALERT_RESOLVED", "inApp": True, "mail": "OFF"},
        {"matter": "TASK_ASSIGNED", "inApp": True, "mail": "DAILY"},
    ]
    assert before == others == {"viewer": {"notificationPreferences": defaults}}
    assert after == {"viewer": {"notificationPreferences": [*defaults[:-1], wanted["preferences"][0]]}}
