"""YAML as plain values with the line of every field, bounded against files made to exhaust memory.

ruamel.yaml scans and parses; values are built here from its events without recursion. The core schema of YAML 1.2
holds: `no` is text, dates are text until a field says otherwise. Tags, merge keys and several documents are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

MAX_DEPTH = 24
MAX_VALUES = 50_000
MAX_INTEGER = 2**53 - 1

Path = tuple[str | int, ...]
NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
TRUE = re.compile(r"(?:true|True|TRUE)\Z")
FALSE = re.compile(r"(?:false|False|FALSE)\Z")
INTEGER = re.compile(r"[-+]?[0-9]+\Z")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")


@dataclass(frozen=True)
class Flaw:
    """Something that makes a file unreadable, at a line from 1."""

    line: int
    path: Path
    message: str


@dataclass
class Document:
    """The value of a file and where each part of it stands."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def place(self, path: Path) -> tuple[int, Path]:
        """Line and path of the deepest part of `path` that the file has; parts that it lacks are passed over."""
        found: Path = ()
        for step in path:
            if (*found, step) in self.lines:
                found = (*found, step)
        return self.lines.get(found, 1), found


@dataclass
class _Open:
    """A mapping or a list that is being read."""

    value: dict[str, Any] | list[Any]
    path: Path
    anchor: str | None
    first: int
    key: str | None = None
    expects_key: bool = True
    is_dropped: bool = False


class _Stop(Exception):
    """The file breaks a bound; reading further would only cost."""


def read(text: str) -> Document:
    """Read one document. Flaws are listed, never raised; with any flaw the value is not to be used."""
    document = Document(lines={(): 1})
    builder = _Builder(document)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except _Stop:
        pass
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part) or "not YAML"
        hint = " Indent with spaces, never with tabs." if "'\\t'" in said else ""
        document.flaws.append(Flaw(mark.line + 1 if mark else 1, (), f"is not YAML: {said}.{hint}"))
    except YAMLError as error:
        line, said = _unmarked(error, text)
        document.flaws.append(Flaw(line, (), f"is not YAML: {said}."))
    return document


def _unmarked(error: YAMLError, text: str) -> tuple[int, str]:
    """Line and words of an error that ruamel.yaml raises without a mark: a character that YAML forbids."""
    position = getattr(error, "position", None)
    character = getattr(error, "character", None)
    if isinstance(position, int) and isinstance(character, int | str):
        code = character if isinstance(character, int) else ord(character)
        return text.count("\n", 0, position) + 1, f"the character U+{code:04X} may not stand in it"
    return 1, str(error).splitlines()[0]


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.values = 0
        self.documents = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.stop(line, "holds a second document. Write one, without `---` between parts.")
        elif isinstance(event, AliasEvent):
            self.alias(event.anchor, line)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self.begin({} if isinstance(event, MappingStartEvent) else [], event, line)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.end()
        elif isinstance(event, ScalarEvent):
            self.scalar(event, line)

    def flaw(self, line: int, message: str, path: Path | None = None) -> None:
        where = path if path is not None else self.open[-1].path if self.open else ()
        self.document.flaws.append(Flaw(line, where, message))

    def stop(self, line: int, message: str) -> None:
        self.flaw(line, message)
        raise _Stop

    def count(self, added: int, line: int) -> None:
        self.values += added
        if self.values > MAX_VALUES:
            self.stop(
                line, f"holds more than {MAX_VALUES:,} values once its aliases are followed. Split it, or use fewer."
            )

    def path(self) -> Path:
        if not self.open:
            return ()
        top = self.open[-1]
        return (*top.path, len(top.value) if isinstance(top.value, list) else top.key or "")

    def put(self, value: Any, line: int) -> None:
        """Set a value at the place that is being read."""
        if not self.open:
            self.document.value = value
            return
        top = self.open[-1]
        if isinstance(top.value, list):
            self.document.lines[self.path()] = line
            top.value.append(value)
            return
        if not top.is_dropped and top.key is not None:
            top.value[top.key] = value
        top.expects_key = True

    def take_key(self, value: Any, line: int) -> None:
        top = self.open[-1]
        assert isinstance(top.value, dict)  # noqa: S101 - only mappings have keys
        top.expects_key, top.is_dropped = False, False
        if not isinstance(value, str):
            self.flaw(line, f"has the key `{value}`, which is not text. Put it in quotes.")
            top.key, top.is_dropped = str(value), True
            return
        top.key = value
        if value == "<<":
            self.flaw(line, "merges with `<<`. Write the fields out.", self.path())
            top.is_dropped = True
        elif value in top.value:
            first = self.document.lines[self.path()]
            self.flaw(line, f"stands twice (first on line {first}). Keep one.", self.path())
            top.is_dropped = True
        else:
            self.document.lines[self.path()] = line

    def is_at_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.open[-1].expects_key

    def begin(self, value: dict[str, Any] | list[Any], event: Any, line: int) -> None:
        self.count(1, line)
        if self.is_at_key():
            self.stop(line, "has a list or a mapping as a key. Keys are text.")
        if len(self.open) >= MAX_DEPTH:
            self.stop(line, f"is nested more than {MAX_DEPTH} deep. Flatten it.")
        self.refuse_tag(event, line)
        path = self.path()
        self.put(value, line)
        self.open.append(_Open(value, path, event.anchor, self.values))

    def end(self) -> None:
        done = self.open.pop()
        if done.anchor:
            self.anchors[done.anchor] = (done.value, self.values - done.first + 1)

    def alias(self, name: str, line: int) -> None:
        if self.is_at_key():
            self.stop(line, f"has the alias *{name} as a key. Keys are text.")
        if name not in self.anchors:
            self.stop(line, f"refers to *{name}, which is not complete before it. Define &{name} further up.")
        value, size = self.anchors[name]
        self.count(size, line)
        self.put(value, line)

    def scalar(self, event: Any, line: int) -> None:
        self.count(1, line)
        self.refuse_tag(event, line)
        path = self.path() if not self.is_at_key() else self.open[-1].path
        value = self.resolve(event, line, path)
        if self.is_at_key():
            self.take_key(value, line)
        else:
            self.put(value, line)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)

    def refuse_tag(self, event: Any, line: int) -> None:
        tag = getattr(event, "ctag", None) or getattr(event, "tag", None)
        if tag is not None and str(tag) not in {"None", "!"}:
            self.flaw(line, f"has the tag `{tag}`. Leave tags out.", self.path())

    def resolve(self, event: Any, line: int, path: Path) -> Any:
        text: str = event.value
        if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
            self.flaw(line, "holds a NUL or half a surrogate pair, which a database cannot store. Remove it.", path)
        if event.style is not None and event.style in "'\"|>":
            return text
        if NULL.match(text):
            return None
        if TRUE.match(text) or FALSE.match(text):
            return bool(TRUE.match(text))
        if NOT_FINITE.match(text):
            self.flaw(line, f"is `{text}`, which is not a finite number. Write a number.", path)
            return None
        if INTEGER.match(text):
            if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
                self.flaw(line, f"is a whole number beyond {MAX_INTEGER:,}. Write a smaller one.", path)
                return None
            return int(text)
        if FLOAT.match(text):
            number = float(text)
            if number in (float("inf"), float("-inf")):
                self.flaw(line, f"is `{text[:20]}`, which is too large a number. Write a smaller one.", path)
                return None
            return number
        return text
