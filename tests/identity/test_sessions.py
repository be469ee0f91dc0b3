"""Sessions: refreshed by the newest token alone, ended for whoever holds a copy, gone with the right to act."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import Database
from backend.errors import NotFound
from backend.identity import authentication, refresh_tokens, sessions, staff
from backend.identity.authentication import Authenticator
from backend.identity.errors import BadCredential, SessionOver, TooManyAttempts
from backend.identity.models import AuditEntry, Member, MemberState, Session, SessionEnd, SignInMethod, Staff
from backend.identity.refresh_tokens import Claim
from backend.identity.sessions import Device, Issued
from backend.settings import Settings
from tests.factories import make_account, make_member, make_person, make_staff
from tests.patience import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)


async def signed_in(database: Database, who: Staff | Member, how: SignInMethod = SignInMethod.PASSWORD) -> Issued:
    account_id = who.account_id if isinstance(who, Member) else None
    device = Device("Firefox\x07 on Linux", "192.0.2.1")
    async with database.begin() as session:
        return await sessions.start(session, who.person_id, account_id, how=how, device=device)


async def make_one(database: Database) -> Issued:
    async with database.begin() as session:
        made = await make_staff(session)
    return await signed_in(database, made)


async def row_of(session: AsyncSession, issued: Issued) -> Session:
    return await session.get_one(Session, issued.session_id)


async def move(database: Database, by: timedelta) -> None:
    async with database.begin() as session:
        await session.execute(
            update(Session).values(
                created_at=Session.created_at - by,
                refreshed_at=Session.refreshed_at - by,
                expires_at=Session.expires_at - by,
                ends_at=Session.ends_at - by,
            )
        )


async def is_refused(database: Database, settings: Settings, token: str) -> bool:
    try:
        await sessions.refresh(database, settings, token)
    except SessionOver as error:
        return error.message == "The session is over. Sign in again."
    return False


async def test_a_session_is_stored_without_anything_that_signs_in(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        member = await make_member(session, account)

    issued = await signed_in(database, member, SignInMethod.LINK)

    assert (issued.kind, issued.account_id, issued.person_id) == ("member", account.id, member.person_id)
    assert issued.seconds == 14 * 86_400
    async with database.begin() as session:
        row = await row_of(session, issued)
        stored = str((await session.execute(text("select to_json(s)::text from sessions s"))).scalar_one())
        entries = await session.execute(
            select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.after)
        )
        assert entries.all() == [("member", "session.started", f"session:{row.id}", {"how": "LINK"})]
    assert (row.device, row.network_address, row.how) == ("Firefox on Linux", "192.0.2.1", "LINK")
    assert row.ends_at - row.created_at == timedelta(days=30)
    assert issued.refresh not in stored
    assert issued.access.text not in stored


async def test_refreshing_gives_a_new_token_and_keeps_the_session(database: Database, settings: Settings) -> None:
    first = await make_one(database)

    second = await sessions.refresh(database, settings, first.refresh)
    third = await sessions.refresh(database, settings, second.refresh)

    assert len({first.refresh, second.refresh, third.refresh}) == 3
    assert len({first.access.text, second.access.text, third.access.text}) == 3
    assert {first.session_id, second.session_id, third.session_id} == {first.session_id}
    viewer = await Authenticator(database, settings).viewer(f"Bearer {third.access.text}")
    assert viewer is not None
    assert (viewer.session_id, viewer.person_id) == (first.session_id, first.person_id)


async def test_a_lost_answer_is_given_again(database: Database, settings: Settings) -> None:
    first = await make_one(database)
    lost = await sessions.refresh(database, settings, first.refresh)

    again = await sessions.refresh(database, settings, first.refresh)

    assert again.refresh == lost.refresh
    assert not await is_refused(database, settings, again.refresh)


async def test_two_tabs_that_refresh_at_the_same_time_get_the_same_successor(
    database: Database, settings: Settings
) -> None:
    first = await make_one(database)

    tabs = await asyncio.gather(*(sessions.refresh(database, settings, first.refresh) for _ in range(5)))

    assert len({tab.refresh for tab in tabs}) == 1
    async with database.begin() as session:
        row = await row_of(session, first)
        assert (row.generation, row.ended_at) == (2, None)


async def test_a_tab_that_waits_for_the_other_gets_what_the_other_got(database: Database, settings: Settings) -> None:
    first = await make_one(database)
    async with database.begin() as holding:
        await holding.execute(select(Session.id).where(Session.id == first.session_id).with_for_update())
        waiting = [asyncio.create_task(sessions.refresh(database, settings, first.refresh)) for _ in range(2)]
        await until_somebody_waits(settings)
        assert not any(task.done() for task in waiting)

    one, other = await asyncio.gather(*waiting)

    assert one.refresh == other.refresh != first.refresh


async def until_somebody_waits(settings: Settings) -> None:
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    connection = await asyncpg.connect(settings.migrate_url)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if await connection.fetchval(waiting):
                    return
                await asyncio.sleep(0.01)
    finally:
        await connection.close()


async def test_a_copied_token_ends_the_session_for_thief_and_owner(database: Database, settings: Settings) -> None:
    copied = await make_one(database)
    owner = await sessions.refresh(database, settings, copied.refresh)
    owner = await sessions.refresh(database, settings, owner.refresh)

    assert await is_refused(database, settings, copied.refresh)

    assert await is_refused(database, settings, owner.refresh)
    with pytest.raises(BadCredential):
        await Authenticator(database, settings).viewer(f"Bearer {owner.access.text}")
    async with database.begin() as session:
        row = await row_of(session, copied)
        assert row.end_reason == "REPLAYED"
        last = await session.scalar(select(AuditEntry.after).order_by(AuditEntry.id.desc()).limit(1))
        assert last == {"reason": "REPLAYED"}


async def test_after_half_a_minute_the_token_before_counts_as_copied(database: Database, settings: Settings) -> None:
    first = await make_one(database)
    second = await sessions.refresh(database, settings, first.refresh)
    await move(database, timedelta(seconds=31))

    assert await is_refused(database, settings, first.refresh)
    assert await is_refused(database, settings, second.refresh)


async def test_invented_tokens_are_refused_and_end_nothing(database: Database, settings: Settings) -> None:
    first = await make_one(database)
    second = await sessions.refresh(database, settings, first.refresh)
    body, signature = second.refresh[:31], second.refresh[31:]
    invented = [
        "",
        "wmr_",
        first.refresh[:-1],
        first.refresh + "A",
        first.refresh[:-2] + "AA",
        body + "A" * len(signature),
        "wmk_" + second.refresh[4:],
        second.refresh.replace("wmr_", "WMR_"),
        "wmr_" + "é" * 70,
        "wmr_" + "!" * 70,
        refresh_tokens.write(settings, Claim(first.session_id, 3)),  # of a time that a restored backup does not know
        refresh_tokens.write(settings, Claim(UUID(int=1), 1)),
    ]

    for token in invented:
        assert await is_refused(database, settings, token), token

    assert not await is_refused(database, settings, second.refresh)


@pytest.mark.parametrize("idle, over", [(timedelta(days=13, hours=23), False), (timedelta(days=14), True)])
async def test_a_session_that_nobody_uses_ends(
    database: Database, settings: Settings, idle: timedelta, over: bool
) -> None:
    issued = await make_one(database)
    await move(database, idle)

    assert await is_refused(database, settings, issued.refresh) is over


async def test_a_session_ends_after_a_month_however_much_it_is_used(database: Database, settings: Settings) -> None:
    issued = await make_one(database)
    for _ in range(2):
        await move(database, timedelta(days=12))
        issued = await sessions.refresh(database, settings, issued.refresh)
    async with database.begin() as session:
        assert issued.expires_at == (await row_of(session, issued)).ends_at

    await move(database, timedelta(days=6) - timedelta(minutes=5))
    late = await sessions.refresh(database, settings, issued.refresh)
    assert 0 < late.access.seconds <= 300
    await move(database, timedelta(minutes=5))

    assert await is_refused(database, settings, late.refresh)
    with pytest.raises(BadCredential):
        await Authenticator(database, settings).viewer(f"Bearer {late.access.text}")


async def test_who_may_not_act_any_more_cannot_refresh_nor_begin(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        member, colleague = await make_member(session, account), await make_staff(session)
        stranger = await make_person(session)
    of_member, of_staff = await signed_in(database, member), await signed_in(database, colleague)

    async with database.begin() as session:
        await session.execute(update(Member).values(state=MemberState.LEFT.value))
        await session.execute(update(Staff).values(is_active=False))

    for issued in (of_member, of_staff):
        assert await is_refused(database, settings, issued.refresh)
    for who in (member, colleague):
        with pytest.raises(SessionOver):
            await signed_in(database, who)
    async with database.begin() as session:
        with pytest.raises(SessionOver):
            await sessions.start(session, stranger.id, account.id, how=SignInMethod.PASSWORD)
        assert await session.scalar(select(func.count()).select_from(Session)) == 2
        assert (await row_of(session, of_member)).generation == 1


async def test_a_refresh_is_throttled_a_session(database: Database, settings: Settings) -> None:
    issued, other = await make_one(database), await make_one(database)
    for _ in range(sessions.MOST_REFRESHES):
        issued = await sessions.refresh(database, settings, issued.refresh)

    with pytest.raises(TooManyAttempts):
        await sessions.refresh(database, settings, issued.refresh)

    assert not await is_refused(database, settings, other.refresh)
    async with database.begin() as session:
        assert (await row_of(session, issued)).ended_at is None


async def test_one_session_too_many_ends_the_one_unused_for_longest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_OPEN", 2)
    async with database.begin() as session:
        who, bystander = await make_staff(session), await make_staff(session)
    await signed_in(database, bystander)
    first, second = await signed_in(database, who), await signed_in(database, who)

    third = await signed_in(database, who)

    async with database.begin() as session:
        reasons = [(await row_of(session, each)).end_reason for each in (first, second, third)]
        assert reasons == ["TOO_MANY", None, None]
        assert await session.scalar(select(func.count()).select_from(Session).where(sessions.is_open())) == 3


async def test_a_person_ends_their_own_sessions_and_no_others(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        who, stranger = await make_staff(session), await make_staff(session)
    mine, kept, theirs = [await signed_in(database, each) for each in (who, who, stranger)]

    async with database.begin() as session:
        with pytest.raises(NotFound):
            await sessions.end(session, who.person_id, theirs.session_id, SessionEnd.REVOKED)
        await sessions.end(session, who.person_id, mine.session_id, SessionEnd.REVOKED)
        await sessions.end(session, who.person_id, mine.session_id, SessionEnd.SIGNED_OUT)

    assert await is_refused(database, settings, mine.refresh)
    async with database.begin() as session:
        assert (await row_of(session, mine)).end_reason == "REVOKED"
        assert await sessions.end_all(session, who.person_id, SessionEnd.REVOKED, but=kept.session_id) == 0
        assert await sessions.end_all(session, who.person_id, SessionEnd.SIGNED_OUT) == 1
    assert await is_refused(database, settings, kept.refresh)
    assert not await is_refused(database, settings, theirs.refresh)


async def test_a_new_password_ends_the_sessions_of_the_old(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        who = await make_staff(session, email="ada@example.com")
    issued = await signed_in(database, who)

    async with database.begin() as session:
        await staff.set_password(session, email="ada@example.com", password="another long password")

    assert await is_refused(database, settings, issued.refresh)
    async with database.begin() as session:
        entry = (
            await session.execute(
                select(AuditEntry.actor, AuditEntry.actor_person_id, AuditEntry.after).where(
                    AuditEntry.action == "session.ended"
                )
            )
        ).one()
    assert tuple(entry) == ("command line", None, {"reason": "PASSWORD_CHANGED"})


async def test_sessions_are_forgotten_a_month_after_their_end(database: Database, settings: Settings) -> None:
    kept, ended = await make_one(database), await make_one(database)
    async with database.begin() as session:
        await sessions.end(session, ended.person_id, ended.session_id, SessionEnd.SIGNED_OUT)
        assert await sessions.prune(session) == 0
        await session.execute(
            update(Session).where(Session.id == ended.session_id).values(ended_at=Session.ended_at - sessions.KEPT)
        )
    async with database.begin() as session:
        assert await sessions.prune(session) == 1
    assert not await is_refused(database, settings, kept.refresh)
    await move(database, timedelta(days=45))
    async with database.begin() as session:
        assert await sessions.prune(session) == 1


async def test_a_member_is_seen_at_sign_in_and_at_most_once_an_hour_after(
    database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        person = await make_person(session)
        member, elsewhere = [await make_member(session, await make_account(session), person) for _ in range(2)]

    async def minutes_since(seen: Member) -> int | None:
        passed = func.extract("epoch", func.waymark_now() - Member.last_seen_at)
        async with database.begin() as session:
            seconds = await session.scalar(select(passed).where(Member.id == seen.id))
        return None if seconds is None else int(seconds // 60)

    async def minutes_since_after_refresh(issued: Issued, minutes: int) -> tuple[Issued, int | None]:
        seen_at = func.waymark_now() - timedelta(minutes=minutes)
        async with database.begin() as session:
            await session.execute(update(Member).where(Member.id == member.id).values(last_seen_at=seen_at))
        issued = await sessions.refresh(database, settings, issued.refresh)
        return issued, await minutes_since(member)

    unseen = await minutes_since(member)
    first = await signed_in(database, member)
    seen = await minutes_since(member)
    second, within_the_hour = await minutes_since_after_refresh(first, 59)
    _, after_the_hour = await minutes_since_after_refresh(second, 61)

    assert (unseen, seen, within_the_hour, after_the_hour) == (None, 0, 59, 0)
    assert await minutes_since(elsewhere) is None
