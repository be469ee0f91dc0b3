"""The first start of a newcomer: the demo, its sign-ins, and the way on to one's own data."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.running import ROOT, Running, discard, running, wait_until
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("demo") / "data"
    with running(place, WAYMARK_DEMO="1", WAYMARK_DEMO_PERCENT="5") as started:
        wait_until(lambda: "demo leave" in started.printed(), "the sign-ins")
        yield started
    discard(place)


def waymark(running: Running, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "backend.cli", *arguments],
        env={"PATH": "/usr/bin:/bin", "WAYMARK_DATA_DIR": str(running.data_dir), "WAYMARK_PORT": str(running.port)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return done.stdout


def sign_in(running: Running, email: str) -> httpx.Response:
    body = {"email": email, "password": "demo-demo-demo"}
    return httpx.post(f"http://127.0.0.1:{running.port}/auth/sign-in", json=body, timeout=PATIENCE_SECONDS)


def test_the_first_start_loads_the_demo_and_everybody_who_is_printed_may_sign_in(first: Running) -> None:
    printed = re.findall(r"^    (\S+@\S+) ", first.printed(), re.MULTILINE)

    answers = {email: sign_in(first, email).status_code for email in printed}

    assert [email.split("@")[0] for email in printed] == ["csm", "manager", "admin", "ines", "omar", "lina"]
    assert set(answers.values()) == {200}


def test_what_is_made_to_happen_opens_an_alert_while_the_simulator_runs(first: Running) -> None:
    said = waymark(first, "demo", "act", "angry-ticket")

    def is_open() -> bool:
        token = sign_in(first, "manager@demo.example").json()["accessToken"]
        asked = httpx.post(
            f"http://127.0.0.1:{first.port}/graphql",
            json={"query": "{ alerts(first: 1) { nodes { rule { key } account { name } } } }"},
            headers={"authorization": f"Bearer {token}"},
            timeout=PATIENCE_SECONDS,
        )
        newest = asked.json()["data"]["alerts"]["nodes"][0]
        return newest["rule"]["key"] == "negative_ticket" and said == f"angry-ticket: {newest['account']['name']}\n"

    wait_until(is_open, "the alert")
    assert "jobs.simulator" in first.children()


def test_leaving_the_demo_serves_an_empty_database_with_a_link_for_the_first_admin(first: Running) -> None:
    said = waymark(first, "demo", "leave")

    wait_until(lambda: "/auth/set-up?token=" in first.printed(), "the set-up link")
    refused = sign_in(first, "csm@demo.example")
    assert said.startswith("Waymark shows your own data")
    assert refused.status_code == 401
