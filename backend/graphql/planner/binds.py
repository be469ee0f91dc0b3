"""The parameters of one statement, and the text of SQL expressions that hold them.

Declarations speak SQLAlchemy; the planner's own SQL is text around theirs. A parameter stands in that text as a mark
until the statement is whole, and is then numbered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from sqlalchemy import BindParameter, ClauseElement, ColumnClause, literal
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeEngine

from backend.graphql.planner.errors import DeclarationError
from backend.viewer import Viewer

Variables = dict[str, Any]
Bound = Callable[[Variables, Viewer], Any]
"""Finds a parameter's value when the plan runs."""

_PLAIN = re.compile("[A-Za-z0-9_]{1,60}")
_MARK = re.compile("\x01(\\d+)\x01")
_dialect = asyncpg.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]
current_binds: ContextVar[Binds] = ContextVar("current_binds")
"""The parameters of the statement that is being compiled."""


class LateParameter(BindParameter[Any]):
    """A parameter whose value is found when the plan runs. Comparing it with a Python value is a mistake, and fails."""

    inherit_cache = True

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
        """The SQL expression. Raises TypeError for `argument == "x"`, which Python would quietly take for False."""
        in_sql = all(isinstance(item, ClauseElement) or hasattr(item, "__clause_element__") for item in other)
        if op in (operators.eq, operators.ne) and not in_sql:
            raise TypeError(
                "An argument's value is only known when the plan runs: compare it in SQL, ask given() whether "
                "there is one, or make it an enum or a boolean, whose values a plan may depend on."
            )
        return super().operate(op, *other, **kwargs)


class Binds:
    """The parameters of one statement, which is made for one kind of viewer with some permissions."""

    def __init__(self, kind: str, permissions: frozenset[str]) -> None:
        self.kind = kind
        self.permissions = permissions
        self.is_personal = False
        """Whether an expression asked for the viewer's person."""
        self._late: dict[str, Bound] = {}
        self._marks: dict[str, int] = {}
        """Mark of each late parameter that is in the text already."""
        self._finders: list[Bound] = []
        """How the parameter of each mark finds its value."""

    def add(self, value: Bound, kind: TypeEngine[Any]) -> BindParameter[Any]:
        """A new parameter whose value is found when the plan runs."""
        name = f"late{len(self._late)}"
        self._late[name] = value
        return LateParameter(name, None, kind)

    def value_of(self, parameter: object) -> Bound:
        """How a parameter of this statement finds its value. Raises DeclarationError for anything else."""
        if isinstance(parameter, BindParameter) and parameter.key in self._late:
            return self._late[parameter.key]
        raise DeclarationError(f"{parameter!r} is no argument of the field; pass the argument itself.")

    def sql(self, expression: Any) -> str:
        """The text of an expression or of a Select; a Python value becomes a parameter."""
        if type(expression) is ColumnClause and expression.is_literal:
            return expression.name
        if not isinstance(expression, ClauseElement):
            inner = getattr(expression, "__clause_element__", None)
            expression = literal(expression) if inner is None else inner()
        compiled: Any = expression.compile(dialect=_dialect, compile_kwargs={"render_postcompile": True})
        marks = {name: self._text(compiled, name) for name in compiled.params}
        return str(compiled.string % marks)

    def parameter(self, value: Bound, kind: TypeEngine[Any]) -> str:
        """The text of a new parameter whose value is found when the plan runs."""
        return self.sql(self.add(value, kind))

    def finished(self, text: str) -> tuple[str, tuple[Bound, ...]]:
        """A whole statement with numbered parameters, and how each of them finds its value."""
        numbers: dict[str, int] = {}
        sql = _MARK.sub(lambda mark: f"${numbers.setdefault(mark[1], len(numbers) + 1)}", text)
        return sql, tuple(self._finders[int(mark)] for mark in numbers)

    def _text(self, compiled: Any, name: str) -> str:
        if name not in self._late:
            value = _value(compiled, name)
            written = _written(value)
            return written or f"\x01{self._found_by(lambda _, __: value)}\x01"
        return f"\x01{self._mark(compiled, name)}\x01"

    def _mark(self, compiled: Any, name: str) -> int:
        find = self._late[name]
        if name not in self._marks:
            process: Callable[[Any], Any] | None = compiled._bind_processors.get(name)
            self._marks[name] = self._found_by(find if process is None else _processed(find, process))
        return self._marks[name]

    def _found_by(self, find: Bound) -> int:
        self._finders.append(find)
        return len(self._finders) - 1


def without_marks(text: str) -> str:
    """The text with every parameter as a question mark."""
    return _MARK.sub("?", text)


def _value(compiled: Any, name: str) -> Any:
    process = compiled._bind_processors.get(name)
    return compiled.params[name] if process is None else process(compiled.params[name])


def _written(value: object) -> str | None:
    """A constant of a declaration as SQL, so that PostgreSQL plans with it; None for all but the plainest.

    Only what reads the same within quotes and without is written out, wherever it may come from.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if type(value) is int and value >= 0:
        return str(value)
    return f"'{value}'" if isinstance(value, str) and _PLAIN.fullmatch(value) else None


def _processed(find: Bound, process: Callable[[Any], Any]) -> Bound:
    return lambda variables, viewer: process(find(variables, viewer))
