"""What the console's set-up page prints is enough: its commands, in order, lead one's own files to ranked accounts."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.e2e.running import ROOT, checkout_in, discard, running
from tests.patience import PATIENCE_SECONDS

COMMANDS = ROOT / "portal" / "src" / "console" / "setup" / "commands.json"
ACCOUNTS = {"a1": "Harbour", "a2": "Quay"}
RANKED = """{ accounts(first: 10, orderBy: {field: HEALTH, direction: DESC}) { nodes { name internal {
    health(asOf: "%s") { score factors { statement } } healthChange(from: "%s", to: "%s") { sentence } } } } }"""


def write_files(folder: Path, today: date) -> None:
    """Two customers of half a year: one uses the product every day with two people, the other has ceased to."""
    since = today - timedelta(days=180)
    accounts = [f"{key},{name},{since}" for key, name in ACCOUNTS.items()]
    bought = [f"s-{key},{key},professional,{since},,98,USD,2" for key in ACCOUNTS]
    members = [f"{key},{n}@{key}.example,Person {n},{since}" for key in ACCOUNTS for n in (1, 2)]
    usage = [
        f"{key},{today - timedelta(days=ago)},{metric},{amount},2"
        for key, last in (("a1", 1), ("a2", 40))
        for ago in range(last, 100)
        for metric, amount in (("conversations", 30), ("saved_replies", 4), ("logins", 5), ("api_calls", 100))
    ]
    for name, head, rows in (
        ("accounts", "account_id,name,customer_since", accounts),
        ("subscriptions", "subscription_id,account_id,plan,starts_on,ends_on,mrr,currency,seats", bought),
        ("members", "account_id,email,name,joined_on", members),
        ("usage", "account_id,day,metric,amount,users", usage),
    ):
        (folder / f"{name}.csv").write_text("\n".join([head, *rows, ""]))


@pytest.mark.slow
def test_the_commands_of_the_set_up_page_lead_from_empty_to_ranked_and_explained_accounts(tmp_path: Path) -> None:
    checkout, data_dir, today = checkout_in(tmp_path), tmp_path / "data", datetime.now(UTC).date()
    write_files(checkout, today)
    commands = [each for step in json.loads(COMMANDS.read_text("utf-8")).values() for each in step]

    with running(data_dir) as waymark:
        # As the page says: from a checkout, `waymark` is `./waymark`.
        script = 'set -e\nwaymark() { ./waymark "$@"; }\n' + "\n".join(commands)
        done = subprocess.run(
            ["bash", "-c", script.replace("FIRST_DAY", str(today - timedelta(days=90)))],
            cwd=checkout,
            env={**os.environ, "WAYMARK_DATA_DIR": str(data_dir)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=len(commands) * PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        key = subprocess.run(
            ["./waymark", "create-key", "--name", "test", "--staff-role", "ADMIN"],
            cwd=checkout,
            env={**os.environ, "WAYMARK_DATA_DIR": str(data_dir)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        ).stdout.strip()
        # At the close of the day on which the files end: what counts today lacks today's use on a business day.
        yesterday = today - timedelta(days=1)
        query = RANKED % (yesterday, today - timedelta(days=60), yesterday)

        answer = httpx.post(
            f"http://127.0.0.1:{waymark.port}/graphql",
            headers={"Authorization": f"Bearer {key}"},
            json={"query": query},
            timeout=PATIENCE_SECONDS,
        ).json()
    discard(data_dir)

    assert done.stdout.count(", 0 rejected.") == 4
    assert "2 accounts scored: 1 green, 1 red." in done.stdout
    harbour, quay = answer["data"]["accounts"]["nodes"]
    assert (harbour["name"], quay["name"]) == ("Harbour", "Quay")
    assert [one["internal"]["health"]["factors"][0]["statement"] for one in (harbour, quay)] == [
        "2 of 2 people were active on a typical day",
        "Nobody of 2 people was active",
    ]
    why = quay["internal"]["healthChange"]["sentence"]
    assert re.fullmatch(r"−[\d.]+ since \d+ \w+ = people −[\d.]+, adoption −[\d.]+, .*", why), why
