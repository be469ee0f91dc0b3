"""What one compilation carries along: names, late parameters, checks, and errors found on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import FieldNode

from backend.graphql.planner.assemble import Assembled, FieldInfo, TypeInfo
from backend.graphql.planner.binds import Binds, Bound, Variables
from backend.graphql.planner.errors import problem
from backend.graphql.planner.late import Arguments
from backend.graphql.planner.selection import Selector
from backend.viewer import Viewer

if TYPE_CHECKING:
    from backend.graphql.planner.kept_arguments import KeptField

Path = tuple[str, ...]
Check = Callable[[Variables, Viewer], dict[str, Any] | None]
"""Looks at the values of a request before the statement runs; gives an error or None."""


@dataclass(slots=True)
class Compilation:
    """The state of compiling one operation for one kind of viewer and one shape of variables."""

    assembled: Assembled
    binds: Binds
    arguments: Arguments
    selector: Selector
    prefixes: dict[str, tuple[str, ...]]
    """Kinds of object that the variables of `node` and `nodes` name."""
    checks: list[Check] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    kept: list[KeptField] = field(default_factory=list)
    """Fields that are read once what the rows keep is known."""
    _names: int = 0

    def name(self) -> str:
        """A new name for a table of the statement."""
        self._names += 1
        return f"t{self._names}"

    def refuse(self, code: str, message: str, node: FieldNode, path: Path) -> None:
        """Note an error; the operation will not run."""
        token = node.loc.start_token if node.loc else None
        places = [(token.line, token.column)] if token else []
        self.errors.append(problem(code, message, path=path, locations=places))

    def may(self, permission: str | None, node: FieldNode, path: Path) -> bool:
        """Whether the viewer has a permission; if not, the operation is refused."""
        if permission is None or permission in self.binds.permissions:
            return True
        self.refuse("FORBIDDEN", f"{path[-1]} needs the permission {permission}.", node, path)
        return False

    def python_arguments(self, field_info: FieldInfo, node: FieldNode) -> dict[str, Any]:
        """The field's arguments by Python parameter, as late values."""
        given = self.arguments.of(node, field_info.graphql.args)
        return {field_info.parameters[name]: value for name, value in given.items()}

    def check(self, value: Any, accepts: Callable[[Any], bool], message: str, node: FieldNode, path: Path) -> None:
        """Check a late value whenever the plan runs."""
        find: Bound = self.binds.value_of(value)
        token = node.loc.start_token if node.loc else None
        error = problem("BAD_USER_INPUT", message, path=path, locations=[(token.line, token.column)] if token else [])
        self.checks.append(lambda variables, viewer: None if accepts(find(variables, viewer)) else error)

    def type_info(self, name: str) -> TypeInfo:
        """What a planned object type means."""
        return self.assembled.types[name]
