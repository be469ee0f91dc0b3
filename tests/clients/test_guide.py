"""docs/clients.md: each program on it is run against a real API, and prints what the page says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.clients.conftest import HERE, RunScript
from tests.graphql.world import World
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

ROOT = HERE.parents[1]
PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
TYPESCRIPT = dict(re.findall(r"^```ts (\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
TSCONFIG = json.dumps(
    {
        "compilerOptions": {
            "strict": True,
            "noUncheckedIndexedAccess": True,
            "noPropertyAccessFromIndexSignature": True,
            "target": "es2022",
            "module": "esnext",
            "moduleResolution": "bundler",
            "noEmit": True,
            "skipLibCheck": True,
            "types": ["node"],
        },
        "include": ["*.ts"],
    }
)


def block(language: str) -> str:
    """The only block of a language on the page."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder beside the pinned packages, so that programs in it find them."""
    made = Path(tempfile.mkdtemp(prefix="guide-", dir=HERE))
    yield made
    shutil.rmtree(made)


async def run(*command: str, **environment: str) -> str:
    """What a command prints. Fails with all that it says where it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            printed, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, printed.decode() + said.decode()
    return printed.decode()


@pytest.fixture
async def exhausted(own_world: World) -> AsyncIterator[Mapping[str, str]]:
    """An API with few points, and a key that has just used up all of its own: the programs have to wait."""
    async with listen(replace(own_world.settings, staff_points_per_second=15)) as url:
        headers = {"authorization": f"Bearer {own_world.credential('staff key')}"}
        async with httpx.AsyncClient(base_url=url, headers=headers) as client:
            for _ in range(200):
                answer = (
                    await client.post("/graphql", json={"query": "{ accounts(first: 9) { nodes { name } } }"})
                ).json()
                if "errors" in answer:
                    break
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["THROTTLED"]
        yield {"WAYMARK_URL": url, "WAYMARK_KEY": own_world.credential("staff key")}


async def test_the_programs_in_typescript_do_what_the_page_says(
    exhausted: Mapping[str, str], node: RunScript, folder: Path
) -> None:
    for name, program in TYPESCRIPT.items():
        (folder / f"{name}.ts").write_text(program)
    (folder / "tsconfig.json").write_text(TSCONFIG)
    for name in TYPESCRIPT:
        await node("build.mjs", str(folder), name, str(ROOT / "schema.graphql"))

    await node("node_modules/typescript/bin/tsc", "--project", str(folder))
    printed = {name: await node(str(folder / f"{name}.mjs"), **exhausted) for name in TYPESCRIPT}

    assert printed == dict.fromkeys(("urql", "apollo", "relay"), block("text"))


async def test_the_program_in_python_does_what_the_page_says(exhausted: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(block("python"))

    assert await run(sys.executable, str(tmp_path / "program.py"), **exhausted) == block("text")


async def test_the_script_for_curl_does_what_the_page_says(exhausted: Mapping[str, str], tmp_path: Path) -> None:
    if shutil.which("jq") is None or shutil.which("curl") is None:
        pytest.skip("needs curl and jq; Debian, Ubuntu: sudo apt install curl jq")
    (tmp_path / "script.sh").write_text(block("sh"))

    assert await run("sh", str(tmp_path / "script.sh"), **exhausted) == block("text")


PAGINATED = """
import { graphql } from "relay-runtime";
export const list = graphql`
  fragment pages_accounts on Query
  @refetchable(queryName: "pagesAccountsQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" }) {
    accounts(first: $first, after: $after) @connection(key: "pages_accounts") { edges { node { ...pages_account } } }
  }
`;
export const item = graphql`
  fragment pages_account on Account @refetchable(queryName: "pagesAccountQuery") { id name tier { key } }
`;
"""


async def test_relay_compiles_connections_and_refetchable_fragments(node: RunScript, folder: Path) -> None:
    (folder / "pages.ts").write_text(PAGINATED)

    await node("build.mjs", str(folder), "pages", str(ROOT / "schema.graphql"))

    assert sorted(path.name for path in (folder / "__generated__").iterdir()) == [
        "pagesAccountQuery.graphql.ts",
        "pagesAccountsQuery.graphql.ts",
        "pages_account.graphql.ts",
        "pages_accounts.graphql.ts",
    ]
