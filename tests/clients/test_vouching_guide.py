"""The programs of docs/api.md that open the portal from a company's own product, run as they stand there."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from backend.accounts.models import Account
from backend.db.engine import Database
from backend.identity import vouchers
from backend.identity.models import PersonIdentity
from backend.settings import Settings
from backend.usage.models import Source
from tests.clients.conftest import HERE, RunScript
from tests.factories import make_account, make_member
from tests.patience import PATIENCE_SECONDS
from tests.serving import serve

PAGE = (HERE.parents[1] / "docs" / "api.md").read_text("utf-8")
SECTION = PAGE.partition("## Open the portal signed in")[2].partition("\n## ")[0]
SECRET = "a secret that the product's backend alone holds"
ENVIRONMENT = {"WAYMARK_URL": "http://127.0.0.1:8000", "VOUCHING_SECRET": SECRET}


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)
    return str(found)


@pytest.fixture
async def client(settings_with_valkey: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """An API where user-1 of the product is a member of crm-7."""
    async with database.begin() as session:
        source = Source(key="product", name="Product", kind="PRODUCT")
        session.add(source)
        account = await make_account(session, "Acme", external_id="crm-7")
        member = await make_member(session, account)
        session.add(PersonIdentity(source_id=source.id, external_id="user-1", person_id=member.person_id))
        await session.flush()
        await vouchers.set_voucher(
            session,
            settings_with_valkey,
            issuer="https://product.example",
            algorithm="HS256",
            secret=SECRET,
            source_id=source.id,
        )
    async with serve(settings_with_valkey) as served:
        yield served


async def come(client: httpx.AsyncClient, database: Database, token: str) -> None:
    answer = await client.post("/auth/vouch", json={"token": token.strip()})

    assert answer.status_code == 200, answer.text
    async with database.begin() as session:
        account_id = (await session.scalars(select(Account.id))).one()
    assert (answer.json()["kind"], answer.json()["accountId"]) == ("MEMBER", f"acct_{account_id.hex}")


async def test_the_program_in_python_opens_a_session(client: httpx.AsyncClient, database: Database) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", block("python")],
        env={"PATH": os.environ["PATH"], **ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )

    await come(client, database, done.stdout)


async def test_the_program_in_node_opens_a_session(
    client: httpx.AsyncClient, database: Database, node: RunScript
) -> None:
    script = HERE / "node_modules" / ".vouching.mjs"  # where jose is found
    script.write_text(block("js"))

    printed = await node(str(script), **ENVIRONMENT)

    await come(client, database, printed)


def test_the_form_of_the_page_names_what_the_route_reads() -> None:
    assert re.findall(r'(?:action|name)="([^"]+)"', block("html")) == [
        "https://success.example.com/auth/vouch",
        "token",
        "then",
    ]
