"""docker-compose.yml, Dockerfile and .env.example against the table that the supervisor runs by."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
from ruamel.yaml import YAML

from backend.processes import API, MIGRATE, SERVICES, Process
from backend.settings import Settings, environment_name
from tests.architecture.test_layout import ROOT

pytestmark = pytest.mark.unit
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PARTS: dict[str, Any] = YAML(typ="safe").load(COMPOSE)
CONTAINERS: dict[str, Any] = PARTS["services"]
SETTING_NAMES = {environment_name(field.name) for field in fields(Settings)}
SECRET_NAMES = {environment_name(field.name) for field in fields(Settings) if field.metadata["secret"]}
PROCESSES = [pytest.param(process, id=process.name) for process in (MIGRATE, *SERVICES)]


def test_every_process_has_a_container() -> None:
    assert set(CONTAINERS) == {"postgres", "valkey", MIGRATE.name, *(service.name for service in SERVICES)}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_container_runs_the_supervisors_command(process: Process) -> None:
    assert CONTAINERS[process.name]["command"] == ["python", *process.arguments]


@pytest.mark.parametrize("process", PROCESSES)
def test_a_container_is_given_the_secrets_that_its_process_needs_and_no_other(process: Process) -> None:
    given = set(CONTAINERS[process.name]["environment"])

    assert given <= SETTING_NAMES, "no such setting: the process would refuse to start"
    assert given & SECRET_NAMES == {environment_name(name) for name in process.secrets}


@pytest.mark.parametrize("process", [parameter for parameter in PROCESSES if parameter.id != MIGRATE.name])
def test_a_container_is_asked_whether_it_can_work_and_waits_for_the_migration(process: Process) -> None:
    container = CONTAINERS[process.name]

    assert container["healthcheck"]["test"] == ["CMD", "python", *process.check]
    assert container["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert container["depends_on"]["valkey"] == {"condition": "service_healthy"}
    assert int(container["stop_grace_period"].removesuffix("s")) > Settings().drain_seconds


def test_servers_have_health_checks_and_keep_their_data() -> None:
    assert all(CONTAINERS[name]["healthcheck"]["test"] for name in ("postgres", "valkey"))
    assert CONTAINERS["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert CONTAINERS["valkey"]["volumes"] == ["valkey:/data"]


def test_nothing_has_a_default_password() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
    example = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line[:40])

    assert len(re.findall(r"\$\{", COMPOSE)) == len(re.findall(r"\$\{\w+:\?set it in \.env\}", COMPOSE))
    assert dict.fromkeys(asked, "") == {name: value for name, value in example.items() if name.isupper()}


def test_only_the_api_is_published_and_on_loopback_alone() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}

    assert published == {"api": ["127.0.0.1:8000:8000"]}


def test_the_api_believes_a_proxy_on_the_machine_about_where_requests_come_from() -> None:
    [network] = PARTS["networks"]["default"]["ipam"]["config"]

    assert CONTAINERS["api"]["environment"]["WAYMARK_TRUSTED_PROXIES"] == network["subnet"]


def test_the_image_runs_the_api_unprivileged_with_known_settings() -> None:
    def as_json(arguments: tuple[str, ...]) -> str:
        return "[" + ", ".join(f'"{part}"' for part in ("python", *arguments)) + "]"

    assert f"\nCMD {as_json(API.arguments)}\n" in DOCKERFILE
    assert f" CMD {as_json(API.check)}\n" in DOCKERFILE
    assert "\nUSER waymark\n" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE
    assert set(re.findall(r"\b(WAYMARK_\w+)=", DOCKERFILE)) <= SETTING_NAMES


def test_the_image_holds_the_portal_that_a_stage_of_it_builds() -> None:
    stage, _, image = DOCKERFILE.partition("AS portal\n")[2].partition("\nFROM ")
    copied = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert "\nRUN scripts/portal.sh --strict && test -f portal/dist/.built\n" in stage
    assert "\nCOPY --from=portal /srv/waymark/portal/dist portal/dist\n" in image
    assert {name.split("/")[0] for name in copied} == let_in
