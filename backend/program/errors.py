"""Refusals of program files.

DomainError
├── InvalidInput
│   └── ProgramInvalid     files with problems; nothing was applied
└── Conflict
    └── PlanOutdated       the running version, or the files, are not those that were planned
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.errors import Conflict, InvalidInput


class ProgramInvalid(InvalidInput):
    """Program files with problems. The message has one line a problem: `file:line: field: what, and the remedy`."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class PlanOutdated(Conflict):
    """What was planned is not what would be applied now."""
