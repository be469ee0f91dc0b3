"""What members are told of their account: whoever it concerns, once, their own alone, and by mail as they want it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select, text, update

from backend.billing.events import LimitNear, LimitReached, PaymentFailed
from backend.db import clock
from backend.db.engine import Database, WriteSession
from backend.events import emit
from backend.health.models import HealthWords
from backend.health.standing import CustomerStandingChanged
from backend.identity.events import MemberJoined
from backend.identity.models import Member, MemberRole, MemberState, Organization, Person, Session
from backend.notifications import letters, members
from backend.notifications.models import MailWhen, Matter, Notification, NotificationPreference
from backend.usage.models import Metric
from jobs import actors
from jobs.runner import Runner
from tests.factories import make_account, make_member
from tests.graphql.world import World, public
from tests.notifications.test_mail import mailed

assert "notifications.tell_members" in actors.ACTORS
INBOX = """{ viewer { unreadNotificationCount notifications(first: 10) {
  nodes { id matter title readAt account { name } } } } }"""
MARK = """mutation($ids: [ID!]) { markNotificationsRead(input: {notificationIds: $ids}) {
  notifications { title readAt } userErrors { code } } }"""
PREFERENCES = "{ viewer { notificationPreferences { matter inApp mail } } }"
PREFER = """mutation($matter: Matter!) {
  setNotificationPreferences(input: {preferences: [{matter: $matter, inApp: false, mail: DAILY}]}) {
    userErrors { code field } } }"""


async def failed(session: WriteSession, account_id: UUID, occurred_on: date | None = None) -> UUID:
    """A payment that fails today, or on another day."""
    return await emit(
        session,
        PaymentFailed(
            account_id=account_id,
            invoice_key="in_1",
            amount_minor=123_450,
            currency="EUR",
            attempt=1,
            occurred_on=occurred_on or await clock.today(session),
        ),
    )


async def been_here(session: WriteSession, *persons: UUID) -> None:
    """Note that persons have signed in."""
    soon = await clock.now(session) + timedelta(days=1)
    session.add_all(Session(person_id=one, how="PASSWORD", expires_at=soon, ends_at=soon) for one in persons)
    await session.flush()


async def by_person(session: WriteSession) -> dict[UUID, str]:
    rows = await session.scalars(select(Notification))
    return {row.person_id: row.matter for row in rows}


async def happened(world: World) -> None:
    """In Acme a payment fails and one of its people joins, and the workers have told of it."""
    database = Database(world.settings)
    await database.open()
    async with database.begin() as session:
        await failed(session, world.acme.account)
        joined = MemberJoined(
            account_id=world.acme.account, person_id=world.acme.persons[1], member_id=world.acme.members[1]
        )
        await emit(session, joined)
    await Runner(database).answer("notifications.tell_members")
    await database.close()


async def inbox(world: World, who: str) -> tuple[int, list[Any]]:
    viewer = (await world.data(who, INBOX))["viewer"]
    return viewer["unreadNotificationCount"], viewer["notifications"]["nodes"]


async def test_those_are_told_who_may_see_it_and_are_here_and_each_once(session: WriteSession) -> None:
    account, other = await make_account(session), await make_account(session)
    told = {role: await make_member(session, account, role=role.value) for role in MemberRole}
    left = await make_member(session, account, role="ADMIN", state=MemberState.LEFT.value, left_on=date(2025, 1, 1))
    foreign, stranger = (
        await make_member(session, other, role="ADMIN"),
        await make_member(session, account, role="ADMIN"),
    )
    await been_here(session, *(one.person_id for one in (*told.values(), left, foreign)))
    assert stranger.person_id not in {one.person_id for one in told.values()}
    payment = await failed(session, account.id)
    old = await failed(session, account.id, await clock.today(session) - timedelta(days=8))

    for event in (payment, payment, old):
        await members.tell(session, event)

    rows = (await session.scalars(select(Notification))).all()
    assert {row.person_id for row in rows} == {told[role].person_id for role in (MemberRole.ADMIN, MemberRole.BILLING)}
    assert [(row.facts, row.account_id) for row in rows] == [
        ({"amount": "1,234.50", "currency": "EUR"}, account.id)
    ] * 2


async def test_a_teammate_who_joins_is_news_for_the_others_of_the_team(session: WriteSession) -> None:
    account = await make_account(session)
    here = [await make_member(session, account, role=role.value) for role in MemberRole]
    joined = await make_member(session, account)
    await been_here(session, joined.person_id, *(one.person_id for one in here))
    event = await emit(session, MemberJoined(account_id=account.id, person_id=joined.person_id, member_id=joined.id))

    await members.tell(session, event)

    see_people = {one.person_id for one in here if one.role != MemberRole.VIEWER}
    assert await by_person(session) == dict.fromkeys(see_people, "TEAMMATE_JOINED")


async def test_a_member_reads_their_own_inbox_and_nobody_else_does(own_world: World) -> None:
    name = await own_world.data(
        "acme", "{ viewer { account { members(first: 9) { nodes { id person { displayName } } } } } }"
    )
    names = {one["id"]: one["person"]["displayName"] for one in name["viewer"]["account"]["members"]["nodes"]}
    await happened(own_world)

    count, (newest, oldest) = await inbox(own_world, "acme")
    others = [await inbox(own_world, who) for who in ("acme viewer", "acme key", "zenith", "staff")]
    found = await own_world.data("zenith", "query($id: ID!) { node(id: $id) { id } }", {"id": newest["id"]})
    refused = await own_world.data("zenith", MARK, {"ids": [newest["id"]]})
    read = await own_world.data("acme", MARK, {"ids": [newest["id"]]})

    joined = names[public("mem", own_world.acme.members[1])]
    assert count == 2
    assert [(one["matter"], one["title"], one["readAt"], one["account"]) for one in (newest, oldest)] == [
        ("TEAMMATE_JOINED", f"{joined} joined your team.", None, {"name": "Acme"}),
        ("PAYMENT_FAILED", "A payment of 1,234.50 EUR failed.", None, {"name": "Acme"}),
    ]
    assert others == [(0, [])] * 4
    assert found == {"node": None}
    assert refused["markNotificationsRead"] == {"notifications": [], "userErrors": [{"code": "NOT_FOUND"}]}
    assert read["markNotificationsRead"]["userErrors"] == []
    assert (await inbox(own_world, "acme"))[0] == 1
    await own_world.data("acme", MARK, {"ids": None})
    assert (await inbox(own_world, "acme"))[0] == 0


async def test_what_is_told_of_standing_and_limits_reads_well(own_world: World) -> None:
    database = Database(own_world.settings)
    await database.open()
    async with database.begin() as session:
        acme, november, day = own_world.acme.account, date(2026, 11, 1), date(2026, 11, 28)
        session.add(HealthWords(model_version=1, band="GREEN", words="On track"))
        name = await session.scalar(select(Metric.name).where(Metric.key == "credits"))
        for event in (
            LimitNear(account_id=acme, metric_key="credits", included="500", month=november, reached_on=day),
            LimitReached(account_id=acme, metric_key="credits", included="12500.5", month=november),
            CustomerStandingChanged(
                account_id=acme, before="YELLOW", after="GREEN", model_version=1,
                occurred_on=await clock.today(session),
            ),
        ):  # fmt: skip
            await emit(session, event)
    await Runner(database).answer("notifications.tell_members")
    await database.close()

    _, found = await inbox(own_world, "acme")
    _, of_viewer = await inbox(own_world, "acme viewer")

    standing = "You are now at “On track”; before it was “Could be better”."
    assert sorted(one["title"] for one in found) == sorted(
        [
            f"{name}: the 500 of this month will be used up on 28 November at the present rate.",
            f"{name}: all 12,500.5 of November are used.",
            standing,
        ]
    )
    assert [one["title"] for one in of_viewer] == [standing]


async def test_a_login_sees_the_rows_of_its_person_in_its_account_as_a_member_and_as_staff(own_world: World) -> None:
    await happened(own_world)
    person, account = own_world.people["acme"]
    seen = {}

    for kind in ("member", "staff"):
        for name, of in (("own", account), ("other account", own_world.zenith.account)):
            connection = await asyncpg.connect(getattr(own_world.settings, f"{kind}_url"))
            await connection.execute("select set_config('waymark.person_id', $1, false)", str(person))
            await connection.execute("select set_config('waymark.account_id', $1, false)", str(of))
            seen[kind, name] = await connection.fetchval("select count(id) from notifications")
            await connection.close()

    assert seen == {
        ("member", "own"): 2,
        ("member", "other account"): 0,
        ("staff", "own"): 0,
        ("staff", "other account"): 0,
    }


async def test_members_say_how_they_want_to_be_told_of_what_concerns_them(own_world: World) -> None:
    asked = {who: await own_world.data(who, PREFERENCES) for who in ("acme", "acme viewer")}

    refused = await own_world.data("acme", PREFER, {"matter": "ALERT"})
    hidden = await own_world.data("acme viewer", PREFER, {"matter": "PAYMENT_FAILED"})
    done = await own_world.data("acme", PREFER, {"matter": "PAYMENT_FAILED"})

    assert asked["acme"]["viewer"]["notificationPreferences"] == [
        {"matter": "PAYMENT_FAILED", "inApp": True, "mail": "AT_ONCE"},
        {"matter": "LIMIT_REACHED", "inApp": True, "mail": "AT_ONCE"},
        {"matter": "LIMIT_NEAR", "inApp": True, "mail": "DAILY"},
        {"matter": "STANDING_CHANGED", "inApp": True, "mail": "OFF"},
        {"matter": "TEAMMATE_JOINED", "inApp": True, "mail": "OFF"},
    ]
    assert asked["acme viewer"]["viewer"]["notificationPreferences"] == [
        {"matter": "STANDING_CHANGED", "inApp": True, "mail": "OFF"}
    ]
    not_theirs = [{"code": "INVALID", "field": ["preferences", "0"]}]
    assert refused["setNotificationPreferences"]["userErrors"] == not_theirs
    assert hidden["setNotificationPreferences"]["userErrors"] == not_theirs
    assert done["setNotificationPreferences"]["userErrors"] == []
    after = (await own_world.data("acme", PREFERENCES))["viewer"]["notificationPreferences"][0]
    assert after == {"matter": "PAYMENT_FAILED", "inApp": False, "mail": "DAILY"}


async def test_a_mail_comes_at_once_or_in_the_digest_and_says_where_to_look_and_where_to_choose(
    session: WriteSession,
) -> None:
    session.add(Organization(name="Beacon", time_zone="UTC", home_currency="EUR"))
    account = await make_account(session, "Acme")
    at_once = await make_member(session, account, email="ada@acme.example", role="ADMIN")
    daily = await make_member(session, account, email="bea@acme.example", role="BILLING")
    gone = await make_member(session, account, email="cid@acme.example", role="BILLING")
    await been_here(session, at_once.person_id, daily.person_id, gone.person_id)
    session.add_all(
        NotificationPreference(
            person_id=one.person_id, matter=Matter.PAYMENT_FAILED.value, in_app=True, mail=MailWhen.DAILY.value
        )
        for one in (daily, gone)
    )
    await session.flush()
    joined = MemberJoined(account_id=account.id, person_id=daily.person_id, member_id=daily.id)

    for event in (await failed(session, account.id), await emit(session, joined)):
        await members.tell(session, event)
    first = await mailed(session)
    await session.execute(update(Member).where(Member.id == gone.id).values(state="LEFT", left_on=date(2030, 1, 1)))
    await session.execute(text("update notifications set created_at = created_at - interval '2 days'"))
    await letters.digest(session)
    await letters.digest(session)

    line = "A payment of 1,234.50 EUR failed."
    assert first == [("ada@acme.example", "Acme: A payment of 1,234.50 EUR failed", f"Acme: {line}\n")]
    assert await mailed(session) == [
        *first,
        ("bea@acme.example", "Since yesterday: 1 thing to know", f"Acme\n{line}".replace("A p", "- A p")),
    ]


async def test_who_is_erased_takes_their_inbox_along_and_is_named_in_no_other(session: WriteSession) -> None:
    account = await make_account(session)
    reader = await make_member(session, account)
    joined = await make_member(session, account, email="gone@acme.example")
    await been_here(session, reader.person_id)
    await members.tell(
        session,
        await emit(session, MemberJoined(account_id=account.id, person_id=joined.person_id, member_id=joined.id)),
    )
    words = text("select waymark_told(matter, facts) from notifications")
    before = await session.scalar(words)

    await session.execute(update(Person).where(Person.id == joined.person_id).values(name=None, email=None))

    assert (before, await session.scalar(words)) == ("gone joined your team.", "Somebody joined your team.")
