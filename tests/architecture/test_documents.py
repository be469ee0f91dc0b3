"""Documents against what they describe."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest

from backend.processes import SERVICES
from tests.architecture.test_layout import ROOT

pytestmark = pytest.mark.unit


def name_of(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None
    return match[0]


def test_every_dependency_is_a_decision() -> None:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["embedded"],
        *project["dependency-groups"]["dev"],
    ]
    before_other_choices = (ROOT / "docs/decisions.md").read_text().partition("## Other choices")[0]
    decided = re.findall(r"\*\*([a-z0-9.-]+)\*\*", before_other_choices)

    assert sorted(decided) == sorted(name_of(requirement) for requirement in wanted)


def test_every_package_of_the_portal_is_a_decision() -> None:
    project: dict[str, Any] = json.loads((ROOT / "portal/package.json").read_text())
    wanted = {*project["dependencies"], *project["devDependencies"]}
    section = (ROOT / "docs/decisions.md").read_text().partition("## In the portal")[2].partition("\n## ")[0]
    of_mantine = {f"@mantine/{word}" for word in re.findall(r"[a-z]+", section)}
    decided = {*re.findall(r"`([^` ]+)`", section), *of_mantine}

    assert {name for name in wanted - decided if not name.startswith("@types/")} == set()


def test_the_runbook_knows_every_process() -> None:
    runbook = (ROOT / "docs/operations.md").read_text()

    assert [service.name for service in SERVICES if service.name not in runbook] == []


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        (str(document.relative_to(ROOT)), target)
        for document in documents
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_make_targets_named_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = {name for document in documents for name in re.findall(r"`make ([a-z-]+)", document.read_text())}

    assert named - targets == set()
