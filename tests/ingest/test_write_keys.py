"""Write keys: made, shown once, listed, revoked."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from backend.db.engine import Database, WriteSession
from backend.errors import InvalidInput
from backend.identity.models import AuditEntry
from backend.ingest import write_keys
from backend.ingest.models import WriteKey, WriteKeyKind
from backend.settings import Settings
from backend.usage.models import Source
from tests.command_line import waymark


async def test_keys_are_made_listed_and_revoked_by_command(settings: Settings, database: Database) -> None:
    server = await waymark(settings, "write-keys", "create", "--name", "Backend", "--source", "product")
    page = await waymark(
        settings, "write-keys", "create", "--name", "Web", "--source", "product", "--origin", "https://App.example.com/"
    )
    wrong = await waymark(settings, "write-keys", "create", "--name", "W", "--source", "p2", "--origin", "example.com")
    prefix = server.stdout[:14]
    revoked = await waymark(settings, "write-keys", "revoke", prefix)
    again = await waymark(settings, "write-keys", "revoke", prefix)
    listed = await waymark(settings, "write-keys", "list")

    assert re.fullmatch(r"wmw_[a-z2-9]{10}_[\w-]{43}\n", server.stdout)
    assert server.stderr == (
        "Shown this once. It takes events, and what is said about people. The source product is new.\n"
    )
    assert page.stderr == "Shown this once. It takes events alone, from https://App.example.com/.\n"
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("'example.com' is no origin. Write scheme, host and port")
    assert revoked.stdout == f"{prefix} is revoked. API processes refuse it within 5 seconds.\n"
    assert again.stderr == f"The write key {prefix} was revoked already.\n"
    first, second = listed.stdout.splitlines()
    assert re.fullmatch(rf"{prefix}  SERVER   product  Backend; never used, revoked \d{{4}}-\d\d-\d\d", first)
    assert second == f"{page.stdout[:14]}  BROWSER  product  Web from https://app.example.com; never used"
    async with database.begin() as session:
        hashes = list(await session.scalars(select(func.length(WriteKey.secret_hash))))
        actions = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
        sources = list(await session.scalars(select(Source.key)))
    assert hashes == [32, 32]
    assert actions == ["write_key.created", "write_key.created", "write_key.revoked"]
    assert sources == ["product"]


@pytest.mark.parametrize(
    "origin",
    [
        "http://example.com",
        "https://",
        "https://a/b",
        "https://a?b",
        "https://u@a",
        "*",
        "https://a.b:x",
        "file:///a",
        "https://[",
        "https://]",
        "https://[::1",
        "https://\u2100.example",  # a sign that stands for a/c
    ],
)
async def test_an_origin_is_what_browsers_send_and_safe(session: WriteSession, origin: str) -> None:
    with pytest.raises(InvalidInput, match="is no origin"):
        await write_keys.create(session, name="n", source_key="s", kind=WriteKeyKind.BROWSER, origins=[origin])


async def test_a_key_has_origins_where_it_is_of_a_browser(session: WriteSession) -> None:
    with pytest.raises(InvalidInput, match="needs an origin"):
        await write_keys.create(session, name="n", source_key="s", kind=WriteKeyKind.BROWSER)
    with pytest.raises(InvalidInput, match="has no origins"):
        await write_keys.create(
            session, name="n", source_key="s", kind=WriteKeyKind.SERVER, origins=["https://example.com"]
        )
    local = await write_keys.create(
        session, name="n", source_key="s", kind=WriteKeyKind.BROWSER, origins=["http://localhost:3000"]
    )

    assert await session.scalar(select(WriteKey.origins).where(WriteKey.id == local.id)) == ["http://localhost:3000"]
