"""Feeds: rows of several Selects in one order.

Over a union or an interface there is one Select a type: each brings its own index-ordered first rows, and the page is
the first of those. Over one object type the Selects stand one after the other, and a later one is read only where those
before it do not fill the page. What is selected of an object is read by its key, from the table that the Select read
under the same policies: none can be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import FieldNode
from sqlalchemy import Integer, Uuid

from backend.graphql.planner import nodes
from backend.graphql.planner.assemble import Assembled, TypeInfo
from backend.graphql.planner.binds import current_binds
from backend.graphql.planner.compilation import Compilation, Path
from backend.graphql.planner.errors import DeclarationError
from backend.graphql.planner.ordering import Key, ordered_by
from backend.graphql.planner.rows import Condition, Source, keys_of_model
from backend.graphql.planner.selects import of_select


@dataclass(slots=True)
class Branch:
    """The rows of one Select. Their order is the feed's, then their primary key, then the Select's place."""

    info: TypeInfo
    place: int
    source: Source

    def columns(self) -> str:
        """Place, primary key and sort keys, named as the feed has them."""
        *keys, primary, _ = self.source.order
        sorts = "".join(f", {key.sql} as o{number}" for number, key in enumerate(keys))
        return f"{self.place} as p, {primary.sql} as k{sorts}"


@dataclass(slots=True)
class Feed:
    """Rows of several Selects that have a name together, not yet selected from."""

    name: str
    branches: list[Branch]
    order: list[Key]
    in_turn: bool
    """Whether all rows of a branch stand before those of the next."""
    limit: str | None = None

    @property
    def orders(self) -> list[Sequence[Key]]:
        """The order as each branch has it."""
        return [branch.source.order for branch in self.branches]

    def in_order(self, columns: str) -> str:
        """A SELECT of the rows in their order."""
        rows = " union all ".join(f"({branch.source.in_order(branch.columns())})" for branch in self.branches)
        limit = "" if self.limit is None else f" limit {self.limit}"
        return f"select {columns} from ({rows}) {self.name} order by {ordered_by(self.order)}{limit}"

    def page(self, columns: str, within: Sequence[Condition], *, backwards: bool, limit: str) -> str:
        """A SELECT of the first rows that meet some conditions, or the last, read from the end."""
        if self.in_turn:
            rows = self._in_turn(within, backwards=backwards, limit=limit)
        else:
            pages = (b.source.page(b.columns(), within, backwards=backwards, limit=limit) for b in self.branches)
            rows = " union all ".join(f"({page})" for page in pages)
        order = ordered_by(self.order, reverse=backwards)
        return f"select {columns} from ({rows}) {self.name} order by {order} limit {limit}"

    def _in_turn(self, within: Sequence[Condition], *, backwards: bool, limit: str) -> str:
        """The pages of the branches, each read only if the pages before it are too few."""
        parts: dict[str, str] = {}
        for branch in reversed(self.branches) if backwards else self.branches:
            conditions = list(within)
            if parts:
                before = " + ".join(f"(select count(*) from {part})" for part in parts)
                conditions.append(lambda _, before=before: f"{before} < {limit}")  # type: ignore[misc]
            page = branch.source.page(branch.columns(), conditions, backwards=backwards, limit=limit)
            parts[f"{self.name}_{branch.place}"] = page
        named = ", ".join(f"{name} as ({page})" for name, page in parts.items())
        return f"with {named} {' union all '.join(f'select * from {name}' for name in parts)}"

    def counted(self, limit: int) -> str:
        """A SELECT with one row for each of the rows, but not more than some number."""
        rows = " union all ".join(f"({branch.source.counted(limit)})" for branch in self.branches)
        return f"{rows} limit {limit}"

    def has(self, condition: Condition) -> str:
        """Whether a row meets a condition."""
        return f"({' or '.join(branch.source.has(condition) for branch in self.branches)})"

    def item(self, c: Compilation, field_nodes: Sequence[FieldNode], path: Path) -> str:
        """The JSON object of a row."""
        if self.in_turn:
            return nodes.object_with_key(c, self.branches[0].info, f"{self.name}.k", field_nodes, path)
        cases = []
        for branch in self.branches:
            if _is_permitted(branch.info):
                made = nodes.object_with_key(c, branch.info, f"{self.name}.k", field_nodes, path)
                cases.append(f"when {branch.place} then {made}")
        return f"case {self.name}.p {' '.join(cases)} end" if cases else "null::json"


def feed_of(
    assembled: Assembled,
    new_name: Callable[[], str],
    target: str,
    statements: Sequence[Any],
    arguments: dict[str, Any],
) -> Feed:
    """The rows of some Selects together. Raises DeclarationError for what cannot be merged."""
    if not isinstance(statements, list | tuple):
        raise DeclarationError(f"{target} is a union or an interface; return a list of Selects.")
    in_turn = target in assembled.types
    possible = [assembled.types[target]] if in_turn else possible_types(assembled, target)
    branches: list[Branch] = []
    for number, statement in enumerate(statements):
        source = of_select(new_name, statement, arguments)
        fitting = [place for place, info in enumerate(possible) if info.declared.model is source.model]
        if len(fitting) != 1 or source.model is None:
            raise DeclarationError(f"a Select of {source.model} is no object of exactly one of the types of {target}.")
        branch = Branch(possible[fitting[0]], number if in_turn else fitting[0], source)
        _settle(branch)
        if not _is_permitted(branch.info):
            source.where.append("false")  # what may not be seen looks like what does not exist
        branches.append(branch)
    if not branches or len({branch.place for branch in branches}) < len(branches):
        raise DeclarationError("return one Select for each type of the feed.")
    if len({tuple(_shape(key) for key in branch.source.order) for branch in branches}) > 1:
        raise DeclarationError("the Selects of a feed are ordered by keys of other types or directions.")
    name = new_name()
    *keys, primary, place = branches[0].source.order
    order = [replace(key, sql=f"{name}.o{number}", is_constant=False) for number, key in enumerate(keys)]
    order += [replace(primary, sql=f"{name}.k"), replace(place, sql=f"{name}.p", is_constant=False)]
    return Feed(name, branches, order, in_turn)


def possible_types(assembled: Assembled, target: str) -> list[TypeInfo]:
    """What an object of an abstract type may be, in alphabetical order."""
    abstract: Any = assembled.graphql.type_map[target]
    return [assembled.types[kind.name] for kind in sorted(assembled.graphql.get_possible_types(abstract), key=str)]


def _settle(branch: Branch) -> None:
    source = branch.source
    if branch.info.declared.prefix is None or not source.order:
        raise DeclarationError(f"{branch.info.name} needs a public id, and its Select an order, to be in a feed.")
    down = source.order[-1].descending
    [attribute] = keys_of_model(source.model)
    source.order.append(Key(getattr(source.row, attribute).name, Uuid(), down, nullable=False))
    source.order.append(Key(str(branch.place), Integer(), down, nullable=False, is_constant=True))


def _shape(key: Key) -> tuple[str, bool, str | None]:
    return key.kind.__visit_name__, key.descending, key.nulls


def _is_permitted(info: TypeInfo) -> bool:
    permission = info.declared.permission
    return permission is None or permission in current_binds.get().permissions
