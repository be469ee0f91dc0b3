"""Compiling connections: keyset pages, and counts that stop at a cap.

A page of which only `nodes` is selected is one ordered subselect. Otherwise the page is aggregated into what is
selected of it; where it matters, its rows carry numbers, and one row more than asked for is read to know whether the
list goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import FieldNode, get_named_type
from sqlalchemy import Integer

from backend.graphql.planner import objects
from backend.graphql.planner.assemble import FieldInfo
from backend.graphql.planner.compilation import Compilation, Path
from backend.graphql.planner.cursors import cursor_of, fingerprint, is_cursor, values_of
from backend.graphql.planner.errors import DeclarationError
from backend.graphql.planner.feeds import Feed
from backend.graphql.planner.late import given
from backend.graphql.planner.mappings import Relation
from backend.graphql.planner.ordering import not_passed, passed
from backend.graphql.planner.rows import Condition, Source, settle_order
from backend.graphql.planner.selection import Selected
from backend.graphql.planner.sqljson import EMPTY_LIST, NULL, Pairs, list_of_objects, object_here, text_constant

LARGEST_PAGE = 100
COUNT_CAP = 25_000
PAGE = frozenset({"first", "after", "last", "before"})


def is_connection(c: Compilation, type_name: str) -> bool:
    """Whether a GraphQL type is one of the planner's connections."""
    return "edges" in getattr(c.assembled.graphql.type_map.get(type_name), "fields", {})


class _Page:
    """The page that one connection field asks for."""

    def __init__(
        self, c: Compilation, source: Source | Feed, target: str, arguments: dict[str, Any], node: FieldNode, path: Path
    ) -> None:
        self.c = c
        self.source = source
        self.order = source.order
        self.mark = fingerprint(target, source.orders)
        first, last = arguments.get("first"), arguments.get("last")
        if given(first) == given(last):
            c.refuse("BAD_USER_INPUT", f"{path[-1]}: give either first or last, 1 to {LARGEST_PAGE}.", node, path)
        self.backwards = given(last)
        self.size = last if given(last) else first
        name = "last" if self.backwards else "first"
        if given(self.size):
            message = f"{path[-1]}: {name} must be between 1 and {LARGEST_PAGE}."
            c.check(self.size, lambda size: 1 <= size <= LARGEST_PAGE, message, node, path)
        self.after = self._place("after", arguments.get("after"), node, path)
        self.before = self._place("before", arguments.get("before"), node, path)

    def _place(self, word: str, cursor: Any, node: FieldNode, path: Path) -> list[str] | None:
        if not given(cursor):
            return None
        message = f"{path[-1]}: {word} is no cursor of this list in this order."
        self.c.check(cursor, lambda text: is_cursor(text, self.mark, self.order), message, node, path)
        return values_of(self.c.binds, cursor, self.order, self.mark)

    def limit(self, more: int = 0) -> str:
        """The page's size, and how many rows more."""
        find = self.c.binds.value_of(self.size)
        return self.c.binds.parameter(lambda variables, viewer: find(variables, viewer) + more, Integer())

    def read(self, columns: str, more: int = 0) -> str:
        """A SELECT of the page's rows in the order of reading (backwards from `before`, for `last`)."""
        within: list[Condition] = []
        if self.after is not None:
            within.append(_beyond(self.after, backwards=False))
        if self.before is not None:
            within.append(_beyond(self.before, backwards=True))
        return self.source.page(columns, within, backwards=self.backwards, limit=self.limit(more))

    def outside(self, *, backwards: bool) -> str:
        """Whether the list has a row at or beyond the cursor that bounds the page on one side."""
        place = self.after if backwards else self.before
        if place is None:
            return "false"
        return self.source.has(lambda order: not_passed(order, place, backwards=not backwards))


def _beyond(place: Sequence[str], *, backwards: bool) -> Condition:
    return lambda order: passed(order, place, backwards=backwards)


def compile_connection(
    c: Compilation, field: FieldInfo, mapping: Relation, field_nodes: list[FieldNode], row: Any, path: Path
) -> str:
    """The JSON object of a connection."""
    node = field_nodes[0]
    connection_type: Any = c.assembled.graphql.type_map[get_named_type(field.graphql.type).name]
    edge_type: Any = get_named_type(connection_type.fields["edges"].type)
    target = get_named_type(edge_type.fields["node"].type).name
    if not objects.may_list(c, target, node, path):  # a count tells of the objects too
        return NULL
    source = objects.related(c, field, mapping, target, node, row)
    if isinstance(source, Source):
        settle_order(source, mapping.order_by)
    require_total_order(source)
    page = _Page(c, source, target, c.python_arguments(field, node), node, path)
    if c.errors:
        _visit(c, target, connection_type, edge_type, field_nodes, source, path)
        return NULL
    selected = c.selector.below(field_nodes, connection_type)
    if len(selected) == 1 and not page.backwards:
        [(key, nodes)] = selected.items()
        if nodes[0].name.value == "nodes":
            item = objects.compile_item(c, target, nodes, source, (*path, key))
            return NULL if c.errors else object_here([(key, list_of_objects(item, page.read, c.name()))])
    made = _Assembly(c, page, target, connection_type, edge_type, path).made(selected)
    return NULL if c.errors else made


def _visit(
    c: Compilation,
    target: str,
    connection_type: Any,
    edge_type: Any,
    field_nodes: list[FieldNode],
    source: Source | Feed,
    path: Path,
) -> None:
    """Look for further errors below a connection that is refused already."""
    for key, nodes in c.selector.below(field_nodes, connection_type).items():
        if nodes[0].name.value == "nodes":
            objects.compile_item(c, target, nodes, source, (*path, key))
        elif nodes[0].name.value == "edges":
            for inner_key, inner in c.selector.below(nodes, edge_type).items():
                if inner[0].name.value == "node":
                    objects.compile_item(c, target, inner, source, (*path, key, inner_key))


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
        self.rows_name, self.page_name, self.total_name = c.name(), c.name(), c.name()
        self.columns: list[str] = []
        """Columns of a row of the page."""
        self.aggregates: list[str] = []
        """Columns of the aggregated page."""
        self.is_counted = False
        self.is_numbered = False
        """Whether rows carry their numbers. If so every aggregate is ordered by them, for PostgreSQL sorts the rows as
        one of the aggregates wants it, and the others would see that order."""
        self.looks_ahead = False
        self.cursor: str | None = None

    def made(self, selected: Selected) -> str:
        asked = {name for nodes in selected.values() for name in self._page_fields(nodes)}
        self.looks_ahead = ("hasPreviousPage" if self.page.backwards else "hasNextPage") in asked
        self.is_numbered = self.looks_ahead or self.page.backwards or not asked.isdisjoint({"startCursor", "endCursor"})
        pairs: Pairs = []
        for key, nodes in selected.items():
            name = nodes[0].name.value
            below = (*self.path, key)
            if name == "nodes":
                pairs.append((key, self._collected(self._node(nodes, below))))
            elif name == "edges":
                pairs.append((key, self._edges(nodes, below)))
            elif name == "pageInfo":
                pairs.append((key, self._page_info(nodes)))
            elif name == "totalCount":
                self.is_counted = True
                pairs.append((key, f"least({self.total_name}.n, {COUNT_CAP})"))
            elif name == "totalCountIsCapped":
                self.is_counted = True
                pairs.append((key, f"{self.total_name}.n > {COUNT_CAP}"))
            else:
                pairs.append((key, text_constant(self.connection_type.name)))
        return self._statement(pairs)

    def _page_fields(self, nodes: list[FieldNode]) -> set[str]:
        """What is asked about the page, where that is what the nodes ask for."""
        if nodes[0].name.value != "pageInfo":
            return set()
        info_type: Any = self.c.assembled.graphql.type_map["PageInfo"]
        return {inner[0].name.value for inner in self.c.selector.below(nodes, info_type).values()}

    def _statement(self, pairs: Pairs) -> str:
        tables = []
        if self.aggregates:
            rows = self.page.read(", ".join(self.columns) or "1 as x", more=int(self.looks_ahead))
            if self.is_numbered:  # in the order in which the limited rows were read
                rows = f"select *, row_number() over () as i from ({rows}) {self.c.name()}"
            tables.append(f"(select {', '.join(self.aggregates)} from ({rows}) {self.rows_name}) {self.page_name}")
        if self.is_counted:
            counted = f"select count(*) as n from ({self.page.source.counted(COUNT_CAP + 1)}) {self.c.name()}"
            tables.append(f"({counted}) {self.total_name}")
        if not tables:
            return object_here(pairs)
        return f"(select {object_here(pairs)} from {', '.join(tables)})"

    def _row_column(self, expression: str) -> str:
        self.columns.append(f"{expression} as c{len(self.columns)}")
        return f"{self.rows_name}.c{len(self.columns) - 1}"

    def _aggregate(self, expression: str) -> str:
        self.aggregates.append(f"{expression} as a{len(self.aggregates)}")
        return f"{self.page_name}.a{len(self.aggregates) - 1}"

    def _within(self) -> str:
        """Leaves out the row that was read to look ahead."""
        return f" filter (where {self.rows_name}.i <= {self.page.limit()})" if self.looks_ahead else ""

    def _collected(self, item: str) -> str:
        direction = " desc" if self.page.backwards else ""
        order = f" order by {self.rows_name}.i{direction}" if self.is_numbered else ""
        return self._aggregate(f"coalesce(json_agg({item}{order}){self._within()}, {EMPTY_LIST})")

    def _node(self, nodes: list[FieldNode], path: Path) -> str:
        item = objects.compile_item(self.c, self.target, nodes, self.page.source, path)
        return self._row_column(item if isinstance(item, str) else object_here(item))

    def _cursor(self) -> str:
        if self.cursor is None:
            self.cursor = self._row_column(cursor_of(self.page.order, self.page.mark))
        return self.cursor

    def _edges(self, nodes: list[FieldNode], path: Path) -> str:
        pairs: Pairs = []
        for key, inner in self.c.selector.below(nodes, self.edge_type).items():
            name = inner[0].name.value
            if name == "cursor":
                pairs.append((key, self._cursor()))
            elif name == "node":
                pairs.append((key, self._node(inner, (*path, key))))
            else:
                pairs.append((key, text_constant(self.edge_type.name)))
        return self._collected(object_here(pairs))

    def _page_info(self, nodes: list[FieldNode]) -> str:
        pairs: Pairs = []
        info_type: Any = self.c.assembled.graphql.type_map["PageInfo"]
        for key, inner in self.c.selector.below(nodes, info_type).items():
            name = inner[0].name.value
            if name == "__typename":
                pairs.append((key, text_constant("PageInfo")))
            elif name in ("startCursor", "endCursor"):
                pairs.append((key, self._edge_cursor(at_start=name == "startCursor")))
            else:
                pairs.append((key, self._goes_on(forwards=name == "hasNextPage")))
        return object_here(pairs)

    def _goes_on(self, *, forwards: bool) -> str:
        outside = self.page.outside(backwards=not forwards)
        if forwards == self.page.backwards:
            return outside
        more = self._aggregate(f"count(*) > {self.page.limit()}")
        return f"({more} or {outside})"

    def _edge_cursor(self, *, at_start: bool) -> str:
        cursor = self._cursor()
        if at_start != self.page.backwards:  # the row that was read first
            return self._aggregate(f"max({cursor}) filter (where {self.rows_name}.i = 1)")
        return self._aggregate(f"(array_agg({cursor} order by {self.rows_name}.i desc){self._within()})[1]")


def require_total_order(source: Source | Feed) -> None:
    """Raise DeclarationError unless the order has keys and each says where nulls stand, if there may be any."""
    if not source.order:
        raise DeclarationError("the list has no order; give order_by, or order the Select.")
    for key in (key for order in source.orders for key in order):
        if key.nullable:
            raise DeclarationError(
                f"it is ordered by {key.sql}, which may be null; say where nulls stand (.nulls_last()), coalesce it, "
                "or vouch for it with never_null()."
            )
