"""The link that makes the first admin: once, within a day, as long as there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import func, select, text

from backend.db.engine import Database
from backend.identity import sign_in
from backend.identity.models import AuditEntry, Link, Person, Session, Staff, StaffRole
from backend.identity.sessions import Device, Issued
from backend.settings import Settings
from tests.command_line import waymark
from tests.factories import PASSWORD, make_staff
from tests.jobs.clockwork import an_hour_later
from tests.serving import serve

OWN = {"origin": "http://127.0.0.1:8000"}
FORM = {"name": "Ada Lovelace", "email": "Ada@example.com", "password": PASSWORD}


@pytest.fixture
async def client(settings_with_valkey: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_with_valkey) as served:
        yield served


async def link(settings: Settings) -> str:
    made = await waymark(settings, "setup-link")
    assert made.returncode == 0, made.stderr
    return made.stdout.rpartition("token=")[2].strip()


async def post(client: httpx.AsyncClient, token: str, **more: str) -> httpx.Response:
    return await client.post("/auth/set-up", data={**FORM, "token": token, **more}, headers=OWN)


async def staff_count(database: Database) -> int:
    async with database.begin() as session:
        return await session.scalar(select(func.count()).select_from(Staff)) or 0


async def test_the_first_admin_sets_themselves_up(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    token = await link(settings)

    shown = await client.get("/auth/set-up", params={"token": token})
    done = await post(client, token)
    again = await post(client, token)
    late = await waymark(settings, "setup-link")
    quiet = await waymark(settings, "setup-link", "--if-needed")

    assert (shown.status_code, "Set up Waymark" in shown.text) == (200, True)
    assert (done.status_code, done.headers["location"]) == (303, "/console")
    assert {cookie.split("=")[0] for cookie in done.headers.get_list("set-cookie")} == {
        "waymark_access",
        "waymark_refresh",
    }
    assert again.status_code == 401
    assert (late.returncode, late.stderr) == (
        1,
        "There is an admin already. Make more staff with `waymark create-staff`.\n",
    )
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    async with database.begin() as session:
        person = (await session.scalars(select(Person))).one()
        staff = (await session.scalars(select(Staff))).one()
        opened = (await session.scalars(select(Session))).one()
        actions = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert (person.name, person.email) == ("Ada Lovelace", "Ada@example.com")
    assert (staff.person_id, staff.role, opened.how) == (person.id, StaffRole.ADMIN, "SET_UP")
    assert actions == ["setup_link.made", "staff.created", "password.set", "session.started"]
    issued = await sign_in.with_password(
        database, settings, email="ada@example.com", password=PASSWORD, device=Device()
    )
    assert isinstance(issued, Issued)
    assert issued.kind == "staff"


async def test_a_form_that_cannot_be_used_is_shown_again_and_the_link_still_holds(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    token = await link(settings)

    short = await post(client, token, password="short", name='"><b>Ada')
    nobody = await post(client, token, email="nobody")

    assert (short.status_code, "A password has 12 to 256 characters." in short.text) == (400, True)
    assert 'value="&quot;&gt;&lt;b&gt;Ada"' in short.text
    assert "short" not in short.text.replace("short.", "")
    assert (nobody.status_code, "is not an e-mail address." in nobody.text) == (400, True)
    assert await staff_count(database) == 0
    assert (await post(client, token)).status_code == 303


async def test_one_of_several_at_once_becomes_the_first_admin(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    token = await link(settings)

    answers = await asyncio.gather(*(post(client, token, email=f"a{number}@example.com") for number in range(4)))

    assert sorted(answer.status_code for answer in answers) == [303, 401, 401, 401]
    assert await staff_count(database) == 1


async def test_a_link_ends_with_the_next_one_after_a_day_and_with_the_first_admin(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    first, second = await link(settings), await link(settings)
    replaced = await post(client, first)
    async with database.begin() as session:
        staff = await make_staff(session, StaffRole.ADMIN)
    taken = await post(client, second)
    async with database.begin() as session:
        await session.execute(text("update staff set is_active = false"))
        await session.execute(text("update links set expires_at = expires_at - interval '23 hours 30 minutes'"))
    await an_hour_later(settings)
    late = await post(client, second)

    assert (replaced.status_code, taken.status_code, late.status_code) == (401, 400, 401)
    assert "There is an admin already." in taken.text
    async with database.begin() as session:
        assert list(await session.scalars(select(Staff.id))) == [staff.id]
        assert list(await session.scalars(select(Link.used_at))) == [None, None]


async def test_a_page_of_another_site_sets_nobody_up(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    token = await link(settings)

    answers = [
        await client.post("/auth/set-up", data={**FORM, "token": token}, headers=headers)
        for headers in ({}, {"origin": "null"}, {"origin": "https://evil.example"})
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert await staff_count(database) == 0


async def test_a_set_up_link_signs_nobody_in_and_a_forged_one_sets_nobody_up(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    token = await link(settings)

    as_link = await client.post("/auth/link/open", json={"token": token})
    forged = await post(client, token[:-1] + ("A" if token[-1] != "A" else "B"))

    assert (as_link.status_code, forged.status_code) == (401, 401)
    assert await staff_count(database) == 0


async def test_a_demo_shows_no_link(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        await session.execute(text("insert into organizations (name, is_demo) values ('Demo', true)"))

    shown = await waymark(settings, "setup-link", "--if-needed")

    assert (shown.returncode, shown.stdout) == (0, "")
