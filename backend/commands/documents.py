"""`waymark documents push`: register the operations that an application sends, at its release."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import orjson

from backend.applications import service
from backend.commands.transaction import in_transaction
from backend.graphql.http.reading import LONGEST_BODY
from backend.graphql.planner import Refusal
from backend.graphql.planner.document import Documents
from backend.operation import OperationError
from backend.settings import Settings


@click.group()
def documents() -> None:
    """Documents that applications send by their hash."""


@documents.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--application", required=True, help="Name of the application that sends them.")
def push(files: tuple[Path, ...], application: str) -> None:
    """Release the documents of FILES: everything that the application sends from now on.

    A file is a GraphQL document (.graphql, .gql), or a manifest (.json): an object of texts by their SHA-256, or
    Apollo's list of operations. Every document is checked against the schema first; if one cannot run, none is
    registered. What an earlier release had and this one has not holds for 30 days more.
    """
    found = _checked(files)
    release = in_transaction(lambda session: service.push(session, name=application, documents=found))
    click.echo(
        f"{application}: {len(found):,} documents released, {release.new:,} new and {release.kept:,} as before; "
        f"{release.retired:,} retired, which hold for {service.HELD.days} days; {release.forgotten:,} forgotten."
    )


def release_portal(path: Path, chosen: Settings) -> None:
    """Release the documents of Waymark's own portal. Raises OperationError where one cannot run in this version."""
    found = _checked((path,))
    release = in_transaction(lambda session: service.push(session, name="portal", documents=found), chosen)
    click.echo(f"The portal's {len(found):,} documents are registered, {release.new:,} of them new.")


def _checked(files: Sequence[Path]) -> dict[str, str]:
    """The documents of files by their SHA-256. Raises OperationError unless every one can run."""
    # Every feature's types are imported with it, a second that `waymark --help` need not take.
    from backend.graphql.schema import schema

    found: dict[str, str] = {}
    faults: list[str] = []
    known = Documents(schema().graphql)
    for path in files:
        for place, text in _texts(path, faults):
            found[sha256(text.encode()).hexdigest()] = text
            try:
                known.operations(text)
            except Refusal as refusal:
                faults += [f"{place}: {error['message']}" for error in refusal.errors]
    if faults:
        raise OperationError("\n".join([*faults[:20], "Nothing was registered."]))
    return found


def _texts(path: Path, faults: list[str]) -> list[tuple[str, str]]:
    """The documents of a file, each with the place that a fault of it names."""
    content = path.read_bytes()
    try:
        if path.suffix != ".json":
            found = [(str(path), content.decode())]
        else:
            found = _of_manifest(path, orjson.loads(content), faults)
    except ValueError as error:
        faults.append(f"{path}: it cannot be read: {error}")
        return []
    too_long = [place for place, text in found if len(text.encode()) > LONGEST_BODY]
    faults += [f"{place}: a document has at most {LONGEST_BODY:,} bytes." for place in too_long]
    return [(place, text) for place, text in found if place not in too_long]


def _of_manifest(path: Path, content: Any, faults: list[str]) -> list[tuple[str, str]]:
    if isinstance(content, dict) and isinstance(content.get("operations"), list):
        pairs = [
            (each.get("id"), each.get("body")) if isinstance(each, dict) else (None, None)
            for each in content["operations"]
        ]
    elif isinstance(content, dict):
        pairs = list(content.items())
    else:
        faults.append(f"{path}: a manifest is an object of documents by their SHA-256, or Apollo's list of operations.")
        return []
    found = []
    for mark, text in pairs:
        place = f"{path}, {mark}"
        if not isinstance(mark, str) or not isinstance(text, str):
            faults.append(f"{place}: give each document as text, with its SHA-256.")
        elif mark.removeprefix("sha256:").lower() != sha256(text.encode("utf-8", "surrogatepass")).hexdigest():
            faults.append(
                f"{place}: this is not the SHA-256 of the document. Some tools make MD5 unless told otherwise."
            )
        else:
            found.append((place, text))
    return found
