"""Compiling connections: keyset pages, and counts that stop at a cap.

A page of which only `nodes` is selected is one ordered subselect. Otherwise each row of the page carries its number,
and one row more than asked for is read, so that it is known whether the list goes on.
"""

from __future__ import annotations

from typing import Any

from graphql import FieldNode, get_named_type
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from backend.graphql.planner import objects
from backend.graphql.planner.assemble import FieldInfo
from backend.graphql.planner.compilation import Compilation, Path
from backend.graphql.planner.cursors import beyond, cursor_of, fingerprint, is_cursor
from backend.graphql.planner.declare import Relation
from backend.graphql.planner.errors import DeclarationError
from backend.graphql.planner.late import given
from backend.graphql.planner.rows import Key, Source, settle_order
from backend.graphql.planner.sqljson import (
    EMPTY_LIST,
    Pairs,
    list_of_objects,
    null_constant,
    object_here,
    text_constant,
)

LARGEST_PAGE = 100
COUNT_CAP = 25_000
PAGE = frozenset({"first", "after", "last", "before"})


def is_connection(c: Compilation, type_name: str) -> bool:
    """Whether a GraphQL type is one of the planner's connections."""
    return "edges" in getattr(c.assembled.graphql.type_map.get(type_name), "fields", {})


class _Page:
    """The page that one connection field asks for."""

    def __init__(
        self, c: Compilation, source: Source, target: str, arguments: dict[str, Any], node: FieldNode, path: Path
    ) -> None:
        self.c = c
        self.source = source
        self.order = source.order
        self.mark = fingerprint(target, self.order)
        self.after, self.before = arguments.get("after"), arguments.get("before")
        first, last = arguments.get("first"), arguments.get("last")
        if given(first) == given(last):
            c.refuse("BAD_USER_INPUT", f"{path[-1]}: give either first or last, 1 to {LARGEST_PAGE}.", node, path)
        self.backwards = given(last)
        self.size = last if given(last) else first
        name = "last" if self.backwards else "first"
        if given(self.size):
            message = f"{path[-1]}: {name} must be between 1 and {LARGEST_PAGE}."
            c.check(self.size, lambda size: 1 <= size <= LARGEST_PAGE, message, node, path)
        for word, cursor in (("after", self.after), ("before", self.before)):
            if given(cursor):
                message = f"{path[-1]}: {word} is no cursor of this list in this order."
                c.check(cursor, lambda text: is_cursor(text, self.mark, len(self.order)), message, node, path)

    def bounds(self) -> list[ColumnElement[bool]]:
        """Conditions of the cursors."""
        made: list[ColumnElement[bool]] = []
        if given(self.after):
            made.append(beyond(self.c.binds, self.after, self.order, self.mark, backwards=False))
        if given(self.before):
            made.append(beyond(self.c.binds, self.before, self.order, self.mark, backwards=True))
        return made

    def limit(self, more: int) -> ColumnElement[int]:
        """The page's size, and how many rows more."""
        find = self.c.binds.value_of(self.size)
        return self.c.binds.add(lambda variables, viewer: find(variables, viewer) + more, Integer())

    def keys(self, *, reverse: bool) -> list[ColumnElement[Any]]:
        """The ordering, or its reverse."""
        return [_directed(key, reverse=reverse) for key in self.order]

    def read(self, more: int) -> Select[Any]:
        """The page's rows without columns, in the order of reading (backwards from `before`, for `last`)."""
        rows = self.source.rows().where(*self.bounds())
        return rows.order_by(*self.keys(reverse=self.backwards)).limit(self.limit(more))

    def outside(self, cursor: Any, *, backwards: bool) -> ColumnElement[bool]:
        """Whether the list has a row at or beyond a cursor, on the far side of it."""
        if not given(cursor):
            return false()
        inside = beyond(self.c.binds, cursor, self.order, self.mark, backwards=not backwards)
        return self.source.rows().where(not_(inside)).add_columns(literal_column("1")).exists()


def _directed(key: Key, *, reverse: bool) -> ColumnElement[Any]:
    return key.expression.desc() if key.descending != reverse else key.expression.asc()


def compile_connection(
    c: Compilation, field: FieldInfo, mapping: Relation, field_nodes: list[FieldNode], row: Any, path: Path
) -> ColumnElement[Any]:
    """The JSON object of a connection."""
    node = field_nodes[0]
    connection_type: Any = c.assembled.graphql.type_map[_named(field)]
    edge_type: Any = _unwrapped(connection_type.fields["edges"].type)
    target = _unwrapped(edge_type.fields["node"].type).name
    info = c.type_info(target)
    if not c.may(info.declared.permission, node, path):  # a count tells of the objects too
        return null_constant()
    source = objects.related(c, field, mapping, info, node, row)
    settle_order(source, mapping.order_by)
    require_total_order(source)
    page = _Page(c, source, target, c.python_arguments(field, node), node, path)
    selected = c.selector.below(field_nodes, connection_type)
    kinds = {nodes[0].name.value for nodes in selected.values()}
    if c.errors:
        _visit(c, target, connection_type, edge_type, field_nodes, source, path)
        return null_constant()
    if len(selected) == 1 and kinds == {"nodes"} and not page.backwards:
        [(key, nodes)] = selected.items()
        pairs = objects.compile_object(c, target, nodes, source.row, (*path, key))
        if c.errors:
            return null_constant()
        return object_here([(key, list_of_objects(pairs, page.read(0), c.name()))])
    return _Assembly(c, page, target, connection_type, edge_type, path).made(field_nodes)


def _visit(
    c: Compilation,
    target: str,
    connection_type: Any,
    edge_type: Any,
    field_nodes: list[FieldNode],
    source: Source,
    path: Path,
) -> None:
    """Look for further errors below a connection that is refused already."""
    for key, nodes in c.selector.below(field_nodes, connection_type).items():
        if nodes[0].name.value == "nodes":
            objects.compile_object(c, target, nodes, source.row, (*path, key))
        elif nodes[0].name.value == "edges":
            for inner_key, inner in c.selector.below(nodes, edge_type).items():
                if inner[0].name.value == "node":
                    objects.compile_object(c, target, inner, source.row, (*path, key, inner_key))


class _Assembly:
    """A connection in its general form: `from (the page, aggregated), (the count)`."""

    def __init__(
        self, c: Compilation, page: _Page, target: str, connection_type: Any, edge_type: Any, path: Path
    ) -> None:
        self.c = c
        self.page = page
        self.target = target
        self.connection_type = connection_type
        self.edge_type = edge_type
        self.path = path
        self.page_name = c.name()
        self.total_name = c.name()
        self.row_columns: list[ColumnElement[Any]] = []
        """Columns of a row of the page."""
        self.aggregates: list[ColumnElement[Any]] = []
        """Columns of the aggregated page."""
        self.counted = False
        self.cursor: str | None = None
        self.inner_name = c.name()
        self.rows_name = c.name()

    def made(self, field_nodes: list[FieldNode]) -> ColumnElement[Any]:
        pairs: Pairs = []
        for key, nodes in self.c.selector.below(field_nodes, self.connection_type).items():
            name = nodes[0].name.value
            below = (*self.path, key)
            if name == "nodes":
                pairs.append((key, self._aggregate(self._node(nodes, below))))
            elif name == "edges":
                pairs.append((key, self._edges(nodes, below)))
            elif name == "pageInfo":
                pairs.append((key, self._page_info(nodes)))
            elif name == "totalCount":
                self.counted = True
                pairs.append((key, func.least(literal_column(f"{self.total_name}.n"), literal_column(str(COUNT_CAP)))))
            elif name == "totalCountIsCapped":
                self.counted = True
                pairs.append((key, literal_column(f"{self.total_name}.n > {COUNT_CAP}")))
            else:
                pairs.append((key, text_constant(self.connection_type.name)))
        if self.c.errors:
            return null_constant()
        return self._statement(pairs)

    def _statement(self, pairs: Pairs) -> ColumnElement[Any]:
        tables = []
        if self.aggregates:
            tables.append(self._aggregated_page())
        if self.counted:
            counted = self.page.source.rows().add_columns(literal_column("1").label("x")).limit(COUNT_CAP + 1)
            inner = counted.subquery(self.c.name())
            tables.append(select(func.count().label("n")).select_from(inner).subquery(self.total_name))
        if not tables:
            return object_here(pairs)
        return select(object_here(pairs)).select_from(*tables).scalar_subquery()

    def _aggregated_page(self) -> Any:
        rows = self.page.read(1).add_columns(literal_column("1").label("x"), *self.row_columns).subquery(self.rows_name)
        number = func.row_number().over().label("i")  # in the order in which the limited rows were read
        numbered = select(literal_column(f"{self.rows_name}.*"), number).select_from(rows).subquery(self.inner_name)
        return select(*self.aggregates).select_from(numbered).subquery(self.page_name)

    def _row_column(self, expression: ColumnElement[Any]) -> str:
        name = f"c{len(self.row_columns)}"
        self.row_columns.append(expression.label(name))
        return f"{self.inner_name}.{name}"

    def _column(self, aggregate: ColumnElement[Any]) -> ColumnElement[Any]:
        name = f"a{len(self.aggregates)}"
        self.aggregates.append(aggregate.label(name))
        return literal_column(f"{self.page_name}.{name}", aggregate.type)

    @property
    def _number(self) -> ColumnElement[int]:
        return literal_column(f"{self.inner_name}.i", Integer())

    def _within(self) -> ColumnElement[bool]:
        return self._number <= self.page.limit(0)

    def _aggregate(self, item: ColumnElement[Any]) -> ColumnElement[Any]:
        order = self._number.desc() if self.page.backwards else self._number.asc()
        collected = func.json_agg(aggregate_order_by(item, order)).filter(self._within())
        return self._column(func.coalesce(collected, EMPTY_LIST))

    def _node(self, nodes: list[FieldNode], path: Path) -> ColumnElement[Any]:
        pairs = objects.compile_object(self.c, self.target, nodes, self.page.source.row, path)
        return literal_column(self._row_column(object_here(pairs)))

    def _cursor(self) -> ColumnElement[Any]:
        if self.cursor is None:
            self.cursor = self._row_column(cursor_of(self.page.order, self.page.mark))
        return literal_column(self.cursor)

    def _edges(self, nodes: list[FieldNode], path: Path) -> ColumnElement[Any]:
        pairs: Pairs = []
        for key, inner in self.c.selector.below(nodes, self.edge_type).items():
            name = inner[0].name.value
            if name == "cursor":
                pairs.append((key, self._cursor()))
            elif name == "node":
                pairs.append((key, self._node(inner, (*path, key))))
            else:
                pairs.append((key, text_constant(self.edge_type.name)))
        return self._aggregate(object_here(pairs))

    def _page_info(self, nodes: list[FieldNode]) -> ColumnElement[Any]:
        page = self.page
        pairs: Pairs = []
        info_type: Any = self.c.assembled.graphql.type_map["PageInfo"]
        for key, inner in self.c.selector.below(nodes, info_type).items():
            name = inner[0].name.value
            if name == "__typename":
                pairs.append((key, text_constant("PageInfo")))
            elif name in ("startCursor", "endCursor"):
                pairs.append((key, self._edge_cursor(at_start=name == "startCursor")))
            else:
                forwards = name == "hasNextPage"
                beyond_cursor = page.outside(page.before if forwards else page.after, backwards=not forwards)
                if forwards != page.backwards:
                    more = self._column(func.count() > page.limit(0))
                    pairs.append((key, or_(more, beyond_cursor)))
                else:
                    pairs.append((key, beyond_cursor))
        return object_here(pairs)

    def _edge_cursor(self, *, at_start: bool) -> ColumnElement[Any]:
        cursor = self._cursor()
        if at_start != self.page.backwards:  # the row that was read first
            return self._column(func.max(cursor).filter(self._number == 1))
        kept = func.json_agg(aggregate_order_by(cursor, self._number.desc())).filter(self._within())
        return self._column(kept.op("->>")(literal_column("0")))


def _unwrapped(graphql_type: Any) -> Any:
    return get_named_type(graphql_type)


def _named(field: FieldInfo) -> str:
    return str(_unwrapped(field.graphql.type).name)


def require_total_order(source: Source) -> None:
    """Raise DeclarationError unless the order has keys and none of them may be null."""
    if not source.order:
        raise DeclarationError("the list has no order; give order_by, or order the Select.")
    for key in source.order:
        if key.nullable:
            raise DeclarationError(
                f"it is ordered by {key.expression}, which may be null; coalesce it, or vouch for it with never_null()."
            )
