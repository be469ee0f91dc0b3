"""Whoever's way in was changed is mailed about it, whichever way it was changed and whoever did it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from backend.db.engine import Database
from backend.identity import authentication
from backend.mail import service
from backend.settings import Settings
from jobs.runner import Runner
from tests.command_line import waymark
from tests.erasure.erasing import erase
from tests.factories import PASSWORD
from tests.graphql.world import World
from tests.identity.test_own_access import change as change_password
from tests.identity.test_own_access import with_password
from tests.identity.test_second_factor import DISABLE, EMAIL, change, code_of, turn_on

Change = Callable[[Database, World], Awaitable[None]]


@pytest.fixture(autouse=True)
async def a_password(database: Database, own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)
    await with_password(database, own_world)


async def mailed(database: Database, settings: Settings) -> list[tuple[str, str, str]]:
    """Recipient, subject and first line of each mail, the oldest first."""
    for kind in ("identity.mail_change", "mail.send"):
        await Runner(database).answer(kind)
    async with database.begin() as session:
        kept = await service.kept(session, settings, 100)
    return [(row.recipient, letter.subject, letter.text.partition("\n")[0]) for row, letter in kept][::-1]


async def a_new_password(database: Database, world: World) -> None:
    assert (await change_password(world, PASSWORD))["userErrors"] == []


async def a_password_by_whoever_runs_waymark(database: Database, world: World) -> None:
    set_ = await waymark(world.settings, "set-password", "--email", EMAIL, "--stdin", typed="a password of the shell\n")
    assert set_.returncode == 0, set_.stderr


async def two_factor_on_and_off(database: Database, world: World) -> None:
    secret, _ = await turn_on(database, world)
    off = await change(world, DISABLE, currentPassword=PASSWORD, code=await code_of(database, secret))
    assert off["userErrors"] == []


async def two_factor_reset(database: Database, world: World) -> None:
    await turn_on(database, world)
    assert (await waymark(world.settings, "reset-two-factor", "--email", EMAIL)).returncode == 0


ON = ("Two-factor was turned on", "Two-factor was turned on for your sign-ins at Beacon, on DAY at TIME UTC.")
OFF = ("Two-factor was turned off", "Two-factor was turned off for your sign-ins at Beacon, on DAY at TIME UTC.")
PASSWORD_CHANGED = (
    "Your password was changed",
    "The password that you sign in with was changed at Beacon, on DAY at TIME UTC.",
)


@pytest.mark.parametrize(
    "made, expected",
    [
        (a_new_password, [PASSWORD_CHANGED]),
        (a_password_by_whoever_runs_waymark, [PASSWORD_CHANGED]),
        (two_factor_on_and_off, [ON, OFF]),
        (two_factor_reset, [ON, OFF]),
    ],
)
async def test_a_change_is_mailed_to_whom_it_concerns(
    database: Database, own_world: World, made: Change, expected: list[tuple[str, str]]
) -> None:
    await made(database, own_world)

    found = await mailed(database, own_world.settings)

    moments = re.compile(r"on \d{4}-\d\d-\d\d at \d\d:\d\d UTC")
    lines = [(to, subject, moments.sub("on DAY at TIME UTC", line)) for to, subject, line in found]
    assert lines == [(EMAIL, subject, line) for subject, line in expected]


async def test_a_change_that_was_refused_is_not_mailed(database: Database, own_world: World) -> None:
    refused = await change_password(own_world, "not the password it is")

    assert refused["userErrors"] != []
    assert await mailed(database, own_world.settings) == []


async def test_an_erased_person_is_mailed_nothing(database: Database, own_world: World) -> None:
    await a_new_password(database, own_world)
    await erase(database, own_world.settings, own_world.people["acme"][0])

    assert await mailed(database, own_world.settings) == []
