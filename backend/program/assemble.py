"""The program as a whole: which files there are, and how their texts become one `Program`.

A feature adds its file with one line in PARTS, left to right as features may know each other; files are applied in
this order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Generic

from pydantic import ValidationError

from backend.accounts import program as accounts
from backend.accounts import vocabulary
from backend.alerts import program as alerts
from backend.billing import program as billing
from backend.db.engine import WriteSession
from backend.health import program as health
from backend.ingest import program as ingest
from backend.program.document import Document, Path, read
from backend.program.errors import ProgramInvalid
from backend.program.fields import names_at
from backend.program.folder import read_folder
from backend.program.section import Problem, Program, S, Section, SectionUnread, nearest
from backend.usage import program as usage

DEFAULT = FilePath(__file__).parent / "default"
"""The program that Waymark ships."""


def no_check(_section: Section, _program: Program) -> Iterator[Problem]:
    """The check of a file that needs none."""
    return iter(())


@dataclass(frozen=True)
class Part(Generic[S]):
    """One program file of one feature."""

    file: str
    section: type[S]
    apply: Callable[[WriteSession, S, Program], Awaitable[None]]
    check: Callable[[S, Program], Iterator[Problem]] = no_check


PARTS: tuple[Part[Any], ...] = (
    Part(accounts.FILE, accounts.Tiers, accounts.apply, accounts.check),
    Part(vocabulary.FILE, vocabulary.Accounts, vocabulary.apply, vocabulary.check),
    Part(usage.FILE, usage.Metrics, usage.apply, usage.check),
    Part(ingest.FILE, ingest.Mapping, ingest.apply, ingest.check),
    Part(billing.FILE, billing.Billing, billing.apply),
    Part(health.FILE, health.Health, health.apply, health.check),
    Part(alerts.FILE, alerts.Alerts, alerts.apply, alerts.check),
)


def files() -> tuple[str, ...]:
    """Names of all program files."""
    return tuple(part.file for part in PARTS)


def load(folder: FilePath, *, applied_by: str = "") -> Program:
    """Read a folder of program files. Raises ProgramInvalid with every problem of every file."""
    return parse(read_folder(folder, files()), applied_by=applied_by)


def parse(texts: Mapping[str, str], *, applied_by: str = "") -> Program:
    """Read program files from their texts. Raises ProgramInvalid with every problem of every file."""
    documents: dict[str, Document] = {}
    sections: dict[type[Section], Section] = {}
    problems: list[tuple[str, int, str]] = []
    for part in PARTS:
        document = documents[part.file] = read(texts.get(part.file, ""))
        found = [Problem(flaw.path, flaw.message, part.file) for flaw in document.flaws]
        lines = [flaw.line for flaw in document.flaws]
        if not found:
            section, found = _section(part, document)
            lines = [document.place(problem.path)[0] for problem in found]
            if section is not None:
                sections[part.section] = section
        problems += [_told(problem, line) for problem, line in zip(found, lines, strict=True)]
    program = Program(sections, {file: texts.get(file, "") for file in files()}, fingerprint(texts), applied_by)
    for part in PARTS:
        if part.section in sections:
            for problem in _checked(part, program):
                file = problem.file or part.file
                line = documents[file].place(problem.path)[0]
                problems.append(_told(Problem(problem.path, problem.message, file), line))
    if problems:
        order = {file: place for place, file in enumerate(files())}
        problems.sort(key=lambda told: (order[told[0]], told[1]))
        raise ProgramInvalid([text for _, _, text in problems])
    return program


def fingerprint(texts: Mapping[str, str]) -> str:
    """SHA-256 over file names and contents, in hex; the order of the files does not matter."""
    return hashlib.sha256(json.dumps(sorted(texts.items())).encode()).hexdigest()


def _checked(part: Part[S], program: Program) -> Iterator[Problem]:
    try:
        yield from part.check(program.section(part.section), program)
    except SectionUnread:  # the problems of the file that it asked for are listed already
        return


def _section(part: Part[S], document: Document) -> tuple[S | None, list[Problem]]:
    value = {} if document.value is None else document.value
    try:
        # Through JSON, since strict types then still read an enum, a date or a tuple from text and lists.
        return part.section.model_validate_json(json.dumps(value), strict=True), []
    except ValidationError as error:
        return None, [
            Problem(_path(document, found), _message(part.section, found), part.file) for found in error.errors()
        ]


def _path(document: Document, found: Any) -> Path:
    """Where an error stands, without the steps that pydantic adds for keys and branches of unions."""
    path = document.place(found["loc"])[1]
    return (*path, found["loc"][-1]) if found["type"] == "missing" else path


def _message(section: type[Section], found: Any) -> str:
    """A sentence for one of pydantic's errors: what is wrong, and what to write."""
    kind, given, context = found["type"], found["input"], found.get("ctx", {})
    if kind == "extra_forbidden":
        known = names_at(section, found["loc"][:-1])
        return f"is unknown. {nearest(str(found['loc'][-1]), known)}"
    if kind == "missing":
        return "is missing. Add it."
    if kind == "too_short":
        return f"holds {context['actual_length']}. Write at least {context['min_length']}."
    said = found["msg"]
    if kind == "string_pattern_mismatch":
        said = "should be lower-case letters, digits and underscores, beginning with a letter"
        if context.get("pattern") != _KEY_PATTERN:
            said = f"should match {context.get('pattern')}"
    said = said.removeprefix("Input ").removeprefix("Value error, ").rstrip(".")
    return f"{said}; it is {_shown(given)}."


_KEY_PATTERN = r"^[a-z][a-z0-9_]{0,62}$"


def _shown(given: Any) -> str:
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, list):
        return "a list"
    if given is None:
        return "empty"
    text = json.dumps(given, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _told(problem: Problem, line: int) -> tuple[str, int, str]:
    where = spelled(problem.path)
    return problem.file, line, f"{problem.file}:{line}: {where + ': ' if where else ''}{problem.message}"


def spelled(path: Path) -> str:
    """A path as people read it: `leaves.daily_active_rate.anchors[0]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step[:80]}" if text else step[:80]
    return text
