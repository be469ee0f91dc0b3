"""`waymark applications` and `waymark documents push`, as a person runs them."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.applications.models import RegisteredDocument
from backend.commands.documents import _texts
from backend.db.engine import Database
from backend.settings import Settings
from tests.command_line import waymark

VIEWER = "query Who { viewer { kind } }\n"


async def test_an_application_is_made_changed_listed_and_removed(database: Database, settings: Settings) -> None:
    made = await waymark(
        settings, "applications", "create", "--name", "Acme front", "--origin", "https://Front.example/"
    )
    changed = await waymark(
        settings, "applications", "change", "Acme front", "--documents", "registered", "--points-per-second", "50"
    )
    listed = await waymark(settings, "applications", "list")
    key = await waymark(settings, "create-key", "--name", "x", "--staff-role", "CSM", "--application", "Acme front")
    removed = await waymark(settings, "applications", "remove", "Acme front")
    again = await waymark(settings, "applications", "remove", "Acme front")

    assert made.stdout == "Acme front: origins https://front.example; documents ANY; 1,000 points a second.\n"
    assert changed.stdout == (
        "Acme front: origins https://front.example; documents REGISTERED; 50 points a second."
        " API processes notice within 5 seconds.\n"
    )
    assert listed.stdout == (
        "Acme front: origins https://front.example; documents REGISTERED; 50 points a second. 0 documents registered.\n"
        "portal: origins none; documents REGISTERED; 20,000 points a second. 0 documents registered.\n"
    )
    assert key.returncode == 0
    assert removed.stdout == ("Acme front is removed, 1 of its keys revoked. API processes notice within 5 seconds.\n")
    assert (again.returncode, again.stderr) == (
        1,
        "There is no application named 'Acme front'; `waymark applications list` shows all.\n",
    )


async def test_documents_are_released_from_files_and_manifests(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    one = tmp_path / "who.graphql"
    one.write_text(VIEWER)
    other = "{ __typename }"
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({sha256(other.encode()).hexdigest(): other}))

    released = await waymark(settings, "documents", "push", str(one), str(manifest), "--application", "portal")

    assert (released.returncode, released.stdout) == (
        0,
        "portal: 2 documents released, 2 new and 0 as before; 0 retired, which hold for 30 days; 0 forgotten.\n",
    )
    async with database.begin() as session:
        stored = {document.sha256: document.text for document in await session.scalars(select(RegisteredDocument))}
    assert stored == {sha256(text.encode()).hexdigest(): text for text in (VIEWER, other)}


async def test_a_release_with_one_bad_document_registers_nothing(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    good, bad, manifest = tmp_path / "good.graphql", tmp_path / "bad.graphql", tmp_path / "manifest.json"
    good.write_text(VIEWER)
    bad.write_text("{ nothing }")
    manifest.write_text(json.dumps({"5d41402abc4b2a76b9719d911017c592": "{ __typename }"}))

    refused = await waymark(
        settings, "documents", "push", str(good), str(bad), str(manifest), "--application", "portal"
    )

    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"{bad}: Cannot query field 'nothing' on type 'Query'.",
        f"{manifest}, 5d41402abc4b2a76b9719d911017c592: this is not the SHA-256 of the document."
        " Some tools make MD5 unless told otherwise.",
        "Nothing was registered.",
    ]
    async with database.begin() as session:
        assert list(await session.scalars(select(RegisteredDocument.sha256))) == []


@pytest.mark.parametrize(
    "name, content, found, faults",
    [
        ("a.graphql", b"{ a }", ["{ a }"], []),
        ("a.json", b'{"operations": [{"id": "%b", "body": "{ a }"}]}', ["{ a }"], []),
        ("a.json", b'{"sha256:%b": "{ a }"}', ["{ a }"], []),
        (
            "a.json",
            b"[]",
            [],
            ["a manifest is an object of documents by their SHA-256, or Apollo's list of operations."],
        ),
        ("a.json", b'{"x": 5}', [], ["give each document as text, with its SHA-256."]),
        ("a.json", b'{"operations": [5]}', [], ["give each document as text, with its SHA-256."]),
        ("a.json", b"{", [], ["it cannot be read:"]),
        ("a.graphql", b"\xff", [], ["it cannot be read:"]),
        ("a.graphql", b" " * 102_401, [], ["a document has at most 102,400 bytes."]),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(
    tmp_path: Path, name: str, content: bytes, found: list[str], faults: list[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content.replace(b"%b", sha256(b"{ a }").hexdigest().encode()))
    seen: list[str] = []

    assert [text for _, text in _texts(path, seen)] == found
    assert len(seen) == len(faults)
    for fault, expected in zip(seen, faults, strict=True):
        assert fault.startswith(str(path))
        assert expected in fault
