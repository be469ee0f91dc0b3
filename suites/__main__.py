"""`make suites`: random operations against graphql-core over the same rows; schemathesis and a browser against an API.

Everything runs on a PostgreSQL and a Valkey of its own, over loopback, and ends by itself. The summary goes to stdout;
the exit code is 1 where an answer differs, schemathesis has a finding, or a page does not draw itself.

Usage: python -m suites SCHEMATHESIS [OPERATIONS]
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.db.engine import Database
from backend.identity import sessions, signing, staff, tokens
from backend.identity.models import Member, MemberRole, MemberState, SignInMethod, StaffRole
from backend.settings import Settings
from bench.dataset import Dataset, fill
from bench.harness import Servers
from bench.serving import ROOT, api
from suites import browser

ACCOUNTS = 20
OPERATIONS = 20
"""Operations a field of Query and Mutation."""
ANSWERS = 5_000
"""Random operations whose answers are compared."""
SECONDS = 3_600
CHECKS = {"a member": "no_fault", "staff": "no_fault,not_a_server_error"}
"""Most fields are refused to a member, which schemathesis' own check takes for a server's fault."""


def main() -> int:
    """Run the suites, each as both kinds of caller. Exit code 1 where one finds something."""
    command = sys.argv[1]
    differs = _compare()
    operations = int(sys.argv[2]) if len(sys.argv) > 2 else OPERATIONS
    with tempfile.TemporaryDirectory(prefix="waymark-suites-") as folder:
        base = Path(folder)
        base.chmod(0o711)  # as in bench/__main__.py
        with EmbeddedPostgres(base / "pg") as postgres, EmbeddedValkey(base / "valkey") as valkey:
            data = asyncio.run(_fill(Servers(postgres, valkey)))
            with api(data.settings) as server:
                address = f"http://127.0.0.1:{server.port}"
                draws_not = browser.look(address)
                found = []
                for who in CHECKS:
                    token = asyncio.run(_signed_in(replace(data.settings, port=server.port), who))
                    found.append(_fuzz(command, f"{address}/graphql", who, token, operations))
                return max(differs, draws_not, *found)


def _compare() -> int:
    print(f"== {ANSWERS:,} answers of the planner, and what graphql-core answers over the same rows", flush=True)
    tests = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-rP", "tests/graphql/real", "-k", "random"]
    environment = {"PATH": os.defpath, "REAL_OPERATIONS": str(ANSWERS)}
    done = subprocess.run(tests, cwd=ROOT, env=environment, timeout=SECONDS)
    return int(done.returncode != 0)


async def _fill(servers: Servers) -> Dataset:
    return await fill(await servers.settings("suites"), ACCOUNTS)


async def _signed_in(chosen: Settings, who: str) -> str:
    """An access token of an administrator: of an account, or of the staff. To an API key much is closed."""
    database = Database(chosen)
    await database.open()
    async with database.begin() as session:
        if who == "staff":
            made = await staff.create(session, email="fuzz@example.com", name="Fuzz", role=StaffRole.ADMIN)
            person_id, account_id = made.person_id, None
        else:
            member = (await session.scalars(select(Member).where(Member.state == MemberState.ACTIVE).limit(1))).one()
            member.role = MemberRole.ADMIN
            person_id, account_id = member.person_id, member.account_id
        begun = await sessions.start(session, person_id, account_id, how=SignInMethod.PASSWORD)
        signer = await signing.signer(session, chosen)
        issued = tokens.issue(chosen, signer, person_id=person_id, account_id=account_id, session_id=begun.session_id)
    await database.close()
    return issued.text


def _fuzz(command: str, address: str, who: str, token: str, operations: int) -> int:
    print(f"== schemathesis as {who}", flush=True)
    headers = [f"Authorization: Bearer {token}", "Accept: application/graphql-response+json"]
    options = ["--max-examples", str(operations), "--checks", CHECKS[who], "--seed", "1", "--no-color"]
    for header in headers:
        options += ["--header", header]
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "suites.hooks"}
    done = subprocess.run([command, "run", address, *options], env=environment, timeout=SECONDS)
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
