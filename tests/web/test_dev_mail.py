"""The page of development that shows mail, to whoever sits at the machine alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backend import mail
from backend.db.engine import Database
from backend.settings import Settings
from jobs import actors
from jobs.runner import Runner
from tests.factories import make_person
from tests.serving import serve

assert "mail.send" in actors.ACTORS


async def test_development_keeps_mail_and_shows_it(database: Database, settings_with_valkey: Settings) -> None:
    async with database.begin() as session:
        person = await make_person(session, "ada@example.com")
        await mail.queue(
            session,
            person_id=person.id,
            to="ada@example.com",
            subject="<b>Welcome</b>",
            text='Go to http://127.0.0.1:8000/auth/link?token=a&b="c"',
        )
    await Runner(database).answer("mail.send")

    async with serve(settings_with_valkey) as client:
        answer = await client.get("/dev/mail")

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "<h2>&lt;b&gt;Welcome&lt;/b&gt;</h2><p>To ada@example.com, " in answer.text
    assert '<a href="http://127.0.0.1:8000/auth/link?token=a&amp;b=&quot;c&quot;">' in answer.text


@pytest.mark.parametrize(
    ("settings_more", "headers"),
    [
        ({"env": "production"}, {}),
        ({"public_url": "https://success.example.com"}, {}),
        ({"public_url": "http://success.example.com"}, {}),
        ({}, {"host": "success.example.com"}),
        ({}, {"host": "127.0.0.1.rebound.example:8000"}),
        ({}, {"host": "["}),
    ],
)
async def test_nobody_else_finds_the_page(
    settings_with_valkey: Settings, settings_more: dict[str, Any], headers: dict[str, str]
) -> None:
    async with serve(replace(settings_with_valkey, **settings_more)) as client:
        answer = await client.get("/dev/mail", headers=headers)

    assert (answer.status_code, answer.text) == (404, "Not found.")
