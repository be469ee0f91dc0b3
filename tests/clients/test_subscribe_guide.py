"""docs/subscribe.md: each program on it follows a real API that is stopped and started again, as the page says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from backend.announcing import Announcement, Topic, announce
from backend.db.engine import Database
from backend.health.models import CurrentCustomerHealth, CurrentHealth
from tests.clients.conftest import HERE, RunScript
from tests.clients.test_guide import ROOT, TSCONFIG
from tests.graphql.live import announcing
from tests.graphql.world import POINT, World
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

PAGE = (ROOT / "docs" / "subscribe.md").read_text("utf-8")
TYPESCRIPT = dict(re.findall(r"^```ts ([\w-]+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SHOW = """
import { createRoot } from "react-dom/client";
export const show = (main: HTMLElement) => createRoot(main).render(<LiveScore />);
"""


def block(language: str) -> str:
    """The only block of a language on the page."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


async def set_score(database: Database, world: World, points: float) -> None:
    """Store Acme's score, as staff and as customers see it."""
    account = world.acme.account
    async with database.begin() as session:
        for model in (CurrentHealth, CurrentCustomerHealth):
            await session.execute(update(model).where(model.account_id == account).values(score=round(points * POINT)))
        announce(session, Announcement(Topic.HEALTH, account, account))


@asynccontextmanager
async def rising(database: Database, world: World) -> AsyncIterator[None]:
    """Acme's score is 72 from now on, and told again and again, since nobody knows when a program listens again."""

    async def rise() -> None:
        while True:
            await set_score(database, world, 72.0)
            await asyncio.sleep(0.2)

    task = asyncio.create_task(rise())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def followed(world: World, *command: str, credential: str) -> str:
    """What a program prints while the API is started anew, and then the score rises."""
    async with announcing(world) as database:
        await set_score(database, world, 61.2)
        async with listen(world.settings) as url:
            port = urlsplit(url).port or 0
            program = await asyncio.create_subprocess_exec(
                *command,
                cwd=HERE,
                env={**os.environ, "WAYMARK_URL": url, "WAYMARK_KEY": world.credential(credential)},
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            assert program.stdout is not None
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    printed = [await program.stdout.readline()]
            except BaseException:
                os.killpg(program.pid, 9)
                raise
        try:
            async with listen(world.settings, port), asyncio.timeout(PATIENCE_SECONDS):
                printed.append(await program.stdout.readline())
                async with rising(database, world):
                    printed.append(await program.stdout.readline())
        finally:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, 9)  # a shell with all that it has started
            await program.wait()
    return b"".join(printed).decode()


@pytest.fixture(scope="module")
async def programs(node: RunScript) -> AsyncIterator[Path]:
    """The programs in TypeScript, type-checked and bundled beside the pinned packages."""
    folder = HERE / f"guide-subscribe-{os.getpid()}"
    folder.mkdir()
    try:
        for name, program in TYPESCRIPT.items():
            (folder / f"{name}.ts").write_text(program)
        (folder / "react.tsx").write_text(block("tsx") + SHOW)
        (folder / "token.ts").write_text('export const token = () => process.env["WAYMARK_KEY"] ?? "";')
        options = json.loads(TSCONFIG)
        options["compilerOptions"]["jsx"] = "react-jsx"
        (folder / "tsconfig.json").write_text(json.dumps(options | {"include": ["*.ts", "*.tsx"]}))
        await node("node_modules/typescript/bin/tsc", "--project", str(folder))
        for name in (*TYPESCRIPT, "react"):
            await node("build.mjs", str(folder), name, str(ROOT / "schema.graphql"))
        yield folder
    finally:
        shutil.rmtree(folder)


def test_the_page_has_the_clients_that_it_promises() -> None:
    assert sorted(TYPESCRIPT) == ["apollo", "graphql-sse", "graphql-ws", "urql"]


@pytest.mark.parametrize("name", sorted(TYPESCRIPT))
async def test_a_program_in_typescript_follows_as_the_page_says(own_world: World, programs: Path, name: str) -> None:
    assert await followed(own_world, "node", str(programs / f"{name}.mjs"), credential="staff key") == block("text")


async def test_the_program_in_python_follows_as_the_page_says(own_world: World, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(block("python"))

    printed = await followed(own_world, sys.executable, str(tmp_path / "program.py"), credential="staff key")

    assert printed == block("text")


async def test_the_script_for_curl_follows_as_the_page_says(own_world: World, tmp_path: Path) -> None:
    if shutil.which("jq") is None or shutil.which("curl") is None:
        pytest.skip("needs curl and jq; Debian, Ubuntu: sudo apt install curl jq")
    (tmp_path / "script.sh").write_text(block("sh"))

    assert await followed(own_world, "sh", str(tmp_path / "script.sh"), credential="staff key") == block("text")


async def test_the_component_shows_the_score_of_now_and_each_new_one(own_world: World, programs: Path) -> None:
    command = ("node", "component.mjs", str(programs / "react.mjs"))

    async with announcing(own_world) as database, listen(own_world.settings) as url:
        await set_score(database, own_world, 61.2)
        environment = {"WAYMARK_URL": url, "WAYMARK_KEY": own_world.credential("acme")}
        page = await asyncio.create_subprocess_exec(
            *command, cwd=HERE, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
        )
        assert page.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                printed = [await page.stdout.readline(), await page.stdout.readline()]
                async with rising(database, own_world):
                    printed.append(await page.stdout.readline())
        finally:
            page.kill()
            await page.wait()

    assert b"".join(printed).decode().split() == ["…", "61.2", "72.0"]
