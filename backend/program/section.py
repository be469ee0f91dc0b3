"""What a feature declares about its program file. The only module of `backend.program` that a feature imports.

A feature's `program.py` has

- `FILE`, the name of its file, for example `metrics.yaml`;
- a subclass of `Section`, which describes the whole file;
- `async def apply(session, section, program) -> None`, which makes the database equal to the section;
- optionally `def check(section, program) -> Iterator[Problem]`, for what a type cannot say: sums, references into
  other files. It reaches them with `program.section(Metrics)`; where that file is unreadable the rest of the check is
  left out, since its own problems are already listed.

Values are taken strictly: `"25"` is no number. Text becomes an enum, a date (`2026-12-25`) or a tuple's members where
the field says so. Mappings keep the order of the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

S = TypeVar("S", bound="Section")

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""The name of something in the program: lower-case letters, digits and underscores, beginning with a letter."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]
"""Text for people, not empty."""


class Section(BaseModel):
    """A program file, or an object in it. Unknown fields are errors and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Problem:
    """Something wrong in a program file, and the remedy."""

    path: tuple[str | int, ...]
    """Where: field names and list positions from the top of the file."""
    message: str
    """What is wrong and what to write instead."""
    file: str = ""
    """Empty: the file of the section that is being checked."""


class SectionUnread(Exception):
    """A check asked for a section whose file could not be read; the check ends there."""


@dataclass(frozen=True)
class Program:
    """The sections of one set of program files."""

    sections: Mapping[type[Section], Section]
    files: Mapping[str, str]
    """File name → text."""
    fingerprint: str
    """SHA-256 over file names and contents, in hex."""
    applied_by: str = field(default="")
    """Who applies it; empty while it is only read."""

    def section(self, kind: type[S]) -> S:
        """The section of a kind, for example `program.section(Metrics)`."""
        found = self.sections.get(kind)
        if not isinstance(found, kind):
            raise SectionUnread(kind.__name__)
        return found


def nearest(given: str, known: Iterable[str]) -> str:
    """The remedy for an unknown name: `Did you mean conversations?`, or all that are known."""
    names = sorted(known)
    near = difflib.get_close_matches(given, names, 1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known: {', '.join(names)}." if names else "There is none yet."
