"""What was stored under another WAYMARK_SECRET: no code can be right then, and whoever signs in is told the way out."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from backend.db.engine import Database
from backend.identity import signing
from tests.command_line import waymark
from tests.factories import PASSWORD
from tests.graphql.world import World
from tests.identity.test_notices import a_password
from tests.identity.test_second_factor import EMAIL, OWN, challenge_in, code_of, refusal, turn_on
from tests.serving import serve

assert a_password, "a fixture of every test"


async def test_under_another_secret_no_code_is_wrong_and_the_way_out_is_named(
    database: Database, own_world: World
) -> None:
    secret, codes = await turn_on(database, own_world)
    other = replace(own_world.settings, secret="another-secret-than-the-one-that-sealed-01")
    async with database.begin() as session:
        await signing.rotate(session, other)
    found = []
    async with serve(other) as client:
        for code in (await code_of(database, secret), codes[0]):
            challenge = challenge_in(await client.post("/auth/sign-in", json={"email": EMAIL, "password": PASSWORD}))
            sent = {"challenge": challenge, "code": code}
            found.append(refusal(await client.post("/auth/second-factor", json=sent, headers=OWN)))
            page = await client.post("/auth/second-factor", data=sent, headers=OWN)

    told = (
        "Your second factor cannot be read any more. Ask whoever runs Waymark for `waymark reset-two-factor`, then "
        "sign in without a code and turn it on again."
    )
    assert found == [(409, "SECOND_FACTOR_UNREADABLE", told)] * 2
    assert (page.status_code, escape(told) in page.text) == (409, True)
    assert (await waymark(other, "reset-two-factor", "--email", EMAIL)).returncode == 0
    async with serve(other) as client:
        assert (await client.post("/auth/sign-in", json={"email": EMAIL, "password": PASSWORD})).status_code == 200
