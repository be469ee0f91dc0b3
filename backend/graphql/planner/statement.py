"""A compiled statement: its text, and how its parameters find their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.graphql.planner.binds import Bound, Variables
from backend.graphql.planner.compilation import Check
from backend.graphql.planner.errors import Refusal
from backend.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Statement:
    """One row with one column, JSON as text. Values of a request are bound with `arguments`."""

    sql: str
    """The statement without the viewer."""
    sql_with_viewer: str
    """The same, setting the viewer itself; its last two parameters are the account and the person."""
    binders: tuple[Bound, ...]
    checks: tuple[Check, ...]

    @property
    def weight(self) -> int:
        """Roughly how much memory it takes, in bytes."""
        return 4 * len(self.sql) + 2_000

    def arguments(self, variables: Variables, viewer: Viewer) -> list[Any]:
        """The statement's parameters. Raises Refusal (BAD_USER_INPUT) where a check fails."""
        if self.checks:
            errors = [error for check in self.checks if (error := check(variables, viewer)) is not None]
            if errors:
                raise Refusal(errors)
        return [find(variables, viewer) for find in self.binders]


def setting_viewer(sql: str, parameters: int) -> str:
    """A statement with so many parameters, made to set the viewer first; two more are the account and the person.

    It only reads, whatever it calls: a pooler does not let the connection say so.
    """
    return (
        f"select case when (select set_config('waymark.account_id', ${parameters + 1}::text, true) is not null"
        f" and set_config('waymark.person_id', ${parameters + 2}::text, true) is not null"
        f" and set_config('transaction_read_only', 'on', true) is not null) then ({sql}) end"
    )
