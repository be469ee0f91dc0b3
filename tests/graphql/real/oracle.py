"""The answers that the product's own schema must give, from graphql-core's executor over rows in memory.

Of the declarations this reads columns, foreign keys and expressions. Which rows a field leads to, in which order, page
and number, and everything that a document may say, is settled here and by graphql-core. An expression, and a list that
is made of expressions, is asked of PostgreSQL for one row at a time: the row's columns are given as values, so that
nothing of how the planner names, nests and joins tables has a part in it. Row security is the database's own: whatever
is asked is asked by the viewer's login, and rows count where that login finds their keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from warnings import catch_warnings, simplefilter

from graphql import (
    DocumentNode,
    GraphQLInputObjectType,
    build_schema,
    execute,
    get_named_type,
    is_list_type,
    is_non_null_type,
)
from sqlalchemy import ARRAY, func, inspect, literal, select
from sqlalchemy.exc import ProgrammingError, SAWarning
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import InstrumentedAttribute

from backend.account_filter import account_condition
from backend.accounts.models import Account
from backend.db.engine import Database, sqlalchemy_url
from backend.graphql.planner import Assembled, encode_id
from backend.graphql.planner.binds import current_binds
from backend.graphql.planner.mappings import Embedded, Identifier, Kept, NodeLookup, Relation, SameRow, Value
from backend.graphql.planner.scalars import LEAVES, SCALARS
from backend.identity.models import Staff
from backend.viewer import Viewer
from tests.graphql.planner.orderings import Descending
from tests.graphql.planner.pages import page_of
from tests.graphql.real.choosing import CHOSEN, Asked, key_in
from tests.graphql.real.orderings import DOWN, FEEDS, UP, key_of, ordering_of

ID_FILTERS = {"csmId": "staff", "parentId": "acct", "ownerId": "staff"}
READ: dict[str, Any] = {definition.name: definition.parse_value for definition in SCALARS.values()}


class Row:
    """A row: `row.name_` is a value, and `row.name` the value as SQL, as a declaration's function wants it."""

    def __init__(self, values: dict[str, Any], kinds: dict[str, Any], key: Any, arguments: Any = None) -> None:
        self.values = values
        self.kinds = kinds
        self.key = key
        self._arguments = arguments or {}

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_") and name[:-1] in self.values:
            return self.values[name[:-1]]
        try:
            value, kind = self.values[name], self.kinds[name]
        except KeyError:
            raise AttributeError(name) from None
        made = literal(value, kind)
        return func.coalesce(made, type_=kind) if isinstance(kind, ARRAY) else made


@dataclass(frozen=True)
class Object:
    """A row seen as a type of the schema."""

    type_name: str
    row: Row


@dataclass
class Cursors:
    """The planner's cursors: the order and the sort key that each stands for."""

    places: dict[str, tuple[str, Any]] = field(default_factory=dict)
    texts: dict[tuple[str, Any], str] = field(default_factory=dict)
    """Cursor by order and key of the row."""


class Arguments:
    """Takes the place of the planner's parameters: every value is at hand."""

    is_personal = False

    def __init__(self, viewer: Viewer) -> None:
        self.kind = viewer.kind
        self.permissions = viewer.permissions
        self._viewer = viewer

    def add(self, find: Callable[[Any, Any], Any], kind: Any) -> Any:
        return literal(find({}, self._viewer), kind)

    def value_of(self, parameter: Any) -> Callable[[Any, Any], Any]:
        return lambda _variables, _viewer: parameter.value


class Rows:
    """Every row of every table that the schema shows, as the owner of the tables has them."""

    def __init__(self, models: list[Any]) -> None:
        self.models = models
        self.by_key: dict[Any, dict[Any, Row]] = {}

    async def load(self, url: str) -> None:
        engine = create_async_engine(sqlalchemy_url(url))
        async with engine.connect() as connection:
            for model in self.models:
                attributes = {a.key: a.columns[0] for a in inspect(model).column_attrs}
                kinds = {name: column.type for name, column in attributes.items()}
                found = await connection.execute(select(*(c.label(n) for n, c in attributes.items())))
                rows = [Row(dict(each._mapping), kinds, None) for each in found]
                for row in rows:
                    row.key = _key(model, row.values)
                self.by_key[model] = {row.key: row for row in rows}
        await engine.dispose()


def _key_names(model: Any) -> list[str]:
    return [inspect(model).get_property_by_column(c).key for c in inspect(model).primary_key]


def _key(model: Any, values: dict[str, Any]) -> Any:
    found = tuple(values[name] for name in _key_names(model))
    return found[0] if len(found) == 1 else found


class Oracle:
    """Answers documents for one viewer."""

    def __init__(self, assembled: Assembled, database: Database, rows: Rows, viewer: Viewer, today: date) -> None:
        self._assembled = assembled
        self._schema = build_schema(assembled.strawberry.as_str())
        self._database = database
        self._all = rows
        self._viewer = viewer
        self.cursors = Cursors()
        self._today = today
        self._rows: dict[Any, dict[Any, Row]] = {}
        self._told: dict[Any, Any] = {}
        self._one_at_a_time = asyncio.Lock()
        self.reached: set[str] = set()
        """Types of which a field was asked."""
        self.harvest: list[str] | None = None
        """While cursors are gathered: what stands in for those that are not known yet."""
        self.places: list[tuple[str, Any, Any]] = []
        for kind in self._schema.type_map.values():
            if hasattr(kind, "resolve_type"):
                kind.resolve_type = lambda value, *_: value.type_name

    async def look(self) -> None:
        """See which rows the viewer's login finds."""
        for model in self._all.models:
            keys = [getattr(model, name) for name in _key_names(model)]
            try:
                seen = {_key(model, row) for row in await self._ask(select(*keys))}
            except ProgrammingError:  # the login has no grant on the table
                seen = set()
            self._rows[model] = {key: row for key, row in self._all.by_key[model].items() if key in seen}

    async def answer(self, document: DocumentNode, variables: dict[str, Any]) -> Any:
        made: Any = execute(self._schema, document, variable_values=variables, field_resolver=self._resolve)
        return await made if asyncio.iscoroutine(made) else made

    # ---------- asking PostgreSQL

    async def _ask(self, statement: Any) -> list[dict[str, Any]]:
        viewer = self._viewer
        async with (
            self._one_at_a_time,
            self._database.begin(viewer.kind, account_id=viewer.account_id, person_id=viewer.person_id) as session,
        ):
            with catch_warnings():  # of an unnest() beside its own table, which is no cartesian product
                simplefilter("ignore", SAWarning)
                return [dict(row._mapping) for row in await session.execute(statement)]

    async def _told_of(self, key: Any, make: Callable[[], Any]) -> Any:
        """What a statement tells, asked once."""
        key = repr(key)
        if key not in self._told:
            with self._arguments_at_hand():
                statement = make()
            self._told[key] = (statement, await self._ask(statement))
        return self._told[key]

    @contextmanager
    def _arguments_at_hand(self) -> Iterator[None]:
        token = current_binds.set(Arguments(self._viewer))  # type: ignore[arg-type]
        try:
            yield
        finally:
            current_binds.reset(token)

    # ---------- fields

    def _resolve(self, source: Any, info: Any, **arguments: Any) -> Any:
        self.reached.add(info.parent_type.name)
        if isinstance(source, dict):
            value = source[_snake(info.field_name)]
            return value(info) if callable(value) else value
        parent = info.parent_type.name
        planned = self._assembled.types[parent].fields[info.field_name]
        mapping = planned.mapping
        if isinstance(mapping, NodeLookup):
            return [self._node(one) for one in arguments["ids"]] if mapping.many else self._node(arguments["id"])
        if parent == "Mutation":
            return self._shown(arguments["input"])
        row: Any = None if source is None else source.row
        if mapping.gate is not None and mapping.gate not in self._viewer.permissions:
            return None
        if isinstance(mapping, Identifier):
            return encode_id(mapping.prefix, row.id_)
        if isinstance(mapping, Value):
            if mapping.source is None:
                return _written(row.values[planned.python_name])
            if isinstance(mapping.source, InstrumentedAttribute):
                return _written(row.values[mapping.source.key])
            return self._expression(parent, planned, row, arguments)
        if isinstance(mapping, SameRow) and mapping.when is None:
            return Object(get_named_type(info.return_type).name, row)
        if isinstance(mapping, Embedded):
            return self._embedded(parent, planned, row, arguments, get_named_type(info.return_type).name)
        if isinstance(mapping, Kept):
            return self._kept(mapping, row, arguments)
        assert isinstance(mapping, Relation), (parent, info.field_name)
        return self._relation(parent, planned, row, arguments)

    async def _expression(self, parent: str, planned: Any, row: Row, arguments: dict[str, Any]) -> Any:
        def make() -> Any:
            made = planned.mapping.source(row, **self._python(planned, arguments))
            return select((made.scalar_subquery() if hasattr(made, "scalar_subquery") else made).label("value"))

        _, [found] = await self._told_of((parent, planned.name, row.values, arguments), make)
        return _written(found["value"])

    async def _embedded(self, parent: str, planned: Any, row: Row, arguments: dict[str, Any], target: str) -> Any:
        def make() -> Any:
            made = planned.mapping.source(row, **self._python(planned, arguments))
            when = planned.mapping.when
            shown = literal(True) if when is None else when(row)
            return select(*(value.label(name) for name, value in made.items()), shown.label("shown_"))

        statement, [found] = await self._told_of((parent, planned.name, row.values, arguments), make)
        return Object(target, _computed(statement, found)) if found["shown_"] else None

    # ---------- relations

    async def _kept(self, mapping: Kept, row: Row, arguments: dict[str, Any]) -> Any:
        """What a field of Query answers to what the row keeps."""
        planned = self._assembled.query_field(mapping.query)
        assert planned is not None
        names = {python: name for name, python in planned.parameters.items()}
        kept = {names[python]: row.values[column.key] for python, column in mapping.arguments.items()}
        said = {name: value for name, value in kept.items() if value is not None}
        return await self._relation("Query", planned, None, arguments | said)

    async def _relation(self, parent: str, planned: Any, row: Row | None, arguments: dict[str, Any]) -> Any:
        kind = planned.graphql.type
        kind = kind.of_type if is_non_null_type(kind) else kind
        if is_list_type(kind):
            target = get_named_type(kind).name
            rows = await self._related(parent, planned, row, arguments, target)
            ordering = f"{parent}.{planned.name}"
            if ordering in UP or ordering in DOWN:
                rows = sorted(rows, key=key_of(ordering, self._visible))
            return [Object(target, each) for each in rows]
        if "edges" in getattr(kind, "fields", {}):
            target = get_named_type(get_named_type(kind.fields["edges"].type).fields["node"].type).name
            if f"{parent}.{planned.name}" in FEEDS:
                return self._feed(f"{parent}.{planned.name}", row, arguments)
            rows = await self._related(parent, planned, row, arguments, target)
            return self._page(rows, ordering_of(parent, planned.name, arguments), arguments, target)
        rows = await self._related(parent, planned, row, arguments, kind.name)
        return Object(kind.name, rows[0]) if rows else None

    def _feed(self, name: str, row: Row | None, arguments: dict[str, Any]) -> Any:
        """A page of rows of several types."""
        asked = Asked(arguments, self._viewer, self._today, self._visible)
        targets: dict[int, str] = {}
        keys: dict[int, Any] = {}
        found: list[Row] = []
        for place, (kind, at) in enumerate(FEEDS[name].items()):
            declared = self._assembled.types[kind].declared
            if declared.permission is None or declared.permission in self._viewer.permissions:
                rows = self._rows[declared.model].values()
                chosen = [each for each in rows if CHOSEN[f"{name} {kind}"](each, row, asked)]
                targets |= {id(each): kind for each in chosen}
                keys |= {id(each): Descending((each.values[at], each.key, place)) for each in chosen}
                found += chosen
        return self._page(found, name, arguments, lambda each: targets[id(each)], lambda each: keys[id(each)])

    def _page(
        self,
        rows: list[Row],
        ordering: str,
        arguments: dict[str, Any],
        target: str | Callable[[Row], str],
        key: Callable[[Row], Any] | None = None,
    ) -> Any:
        key = key or key_of(ordering, self._visible)
        made = page_of(
            rows, key, arguments, lambda text: self._place(text, ordering), lambda row: self._cursor(row, ordering, key)
        )

        def shown(row: Row) -> Object:
            return Object(target if isinstance(target, str) else target(row), row)

        made["nodes"] = [shown(row) for row in made["nodes"]]
        for edge in made["edges"]:
            edge["node"] = shown(edge["node"])
        return made

    def _place(self, text: str, ordering: str) -> Any:
        known, place = self.cursors.places[text]
        assert known == ordering, (known, ordering)
        return place

    def _cursor(self, row: Row, ordering: str, place: Callable[[Row], Any]) -> str:
        key = repr(row.key)
        known = self.cursors.texts.get((ordering, key))
        if known is None and self.harvest is not None:
            self.harvest.append(f"cursor {len(self.places)}")
            self.places.append((ordering, key, place(row)))
            return self.harvest[-1]
        return known or f"no cursor of {ordering} is known for {key}"

    async def _related(
        self, parent: str, planned: Any, row: Row | None, arguments: dict[str, Any], target: str
    ) -> list[Row]:
        source, name = planned.mapping.source, f"{parent}.{planned.name}"
        info = self._assembled.types[target]
        model = info.declared.model
        if isinstance(source, InstrumentedAttribute):
            assert row is not None
            if planned.mapping.towards == "one":
                found = self._rows[model].get(row.values[source.key])
                return [] if found is None else [found]
            return [each for each in self._rows[model].values() if each.values[source.key] == row.key]
        if name in CHOSEN:
            asked = Asked(arguments, self._viewer, self._today, self._visible)
            return [each for each in self._rows[model].values() if CHOSEN[name](each, row, asked)]
        if name == "Query.accounts":
            chosen = arguments.get("filter")
            if chosen is None:
                return list(self._rows[model].values())
            own = self._visible("Staff of the viewer", None)
            keys = select(Account.id).where(account_condition(_plain(chosen, own=[] if own is None else [own])))
            _, found = await self._told_of((name, chosen), lambda: keys)
            return [self._rows[model][each["id"]] for each in found]
        python = self._python(planned, arguments)

        def make() -> Any:
            statement = source(**python) if row is None else source(row, **python)
            if model is None:
                return statement
            return statement.with_only_columns(*(getattr(model, key) for key in _key_names(model)))

        statement, found = await self._told_of((name, row and (row.values, row._arguments), arguments), make)
        if model is not None:
            return [self._rows[model][_key(model, each)] for each in found]
        return [_computed(statement, each, python) for each in found]

    def _visible(self, model: Any, key: Any) -> Any:
        if model == "Staff of the viewer":
            return self._visible("Staff of a person", self._viewer.person_id)
        if model == "Staff of a person":
            return next((row.id_ for row in self._rows[Staff].values() if row.person_id_ == key), None)
        return self._rows[model].get(key)

    def _node(self, public_id: str, among: str | None = None) -> Object | None:
        for prefix, name in self._assembled.prefixes.items():
            key = key_in(public_id, prefix)
            if key is None or (among is not None and name != among):
                continue
            declared = self._assembled.types[name].declared
            if declared.permission is None or declared.permission in self._viewer.permissions:
                found = self._rows[declared.model].get(key)
                return None if found is None else Object(name, found)
        return None

    def _shown(self, given: dict[str, Any]) -> dict[str, Any]:
        """The payload of `show`: of each field the object, or the objects, that the ids name."""

        def of(info: Any) -> Any:
            target = get_named_type(info.return_type).name
            if target == "UserError":
                return []
            if not hasattr(get_named_type(info.return_type), "fields"):
                return given.get("count")
            kind = info.return_type.of_type if is_non_null_type(info.return_type) else info.return_type
            if is_list_type(kind):
                return [found for one in given["ids"] if (found := self._node(one, target))]
            return self._node(given["id"], target)

        return _Every(of)

    # ---------- arguments

    def _python(self, planned: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        return {
            planned.parameters[name]: self._late(planned.graphql.args[name].type, value)
            for name, value in arguments.items()
            if name not in ("first", "last", "after", "before")
        }

    def _late(self, kind: Any, value: Any) -> Any:
        kind = kind.of_type if is_non_null_type(kind) else kind
        if value is None:
            return None
        if is_list_type(kind):
            inner = get_named_type(kind)
            if isinstance(inner, GraphQLInputObjectType):
                return [self._late(kind.of_type, each) for each in value]
            return literal([_read(inner.name, each) for each in value], ARRAY(_bound(inner.name)))
        if isinstance(kind, GraphQLInputObjectType):
            names = {n: f.extensions["strawberry-definition"].python_name for n, f in kind.fields.items()}
            cls: Any = self._assembled.inputs[kind.name]
            return cls(**{names[n]: self._late(kind.fields[n].type, v) for n, v in value.items()})
        if kind.name in self._assembled.enums:
            return self._assembled.enums[kind.name][value]  # type: ignore[index]
        return value if kind.name == "Boolean" else literal(_read(kind.name, value), _bound(kind.name))


class _Every(dict[str, Any]):
    """An object whose every field is found in the same way."""

    def __init__(self, of: Callable[[Any], Any]) -> None:
        super().__init__()
        self._of = of

    def __getitem__(self, _name: str) -> Any:
        return self._of


def _bound(name: str) -> Any:
    return LEAVES[name].bind if name in LEAVES else LEAVES["String"].bind


def _read(name: str, value: Any) -> Any:
    return READ[name](value) if name in READ and name != "JSON" else value


def _plain(chosen: Any, prefix: str | None = None, *, own: list[UUID]) -> Any:
    """A filter as program files write it: with keys for public ids, and without what is null.

    They do not know who asks; whether the viewer is the success manager is asked by the viewer's own key there.
    """
    if isinstance(chosen, list):
        if prefix is None:
            return [_plain(each, own=own) for each in chosen]
        return [key for each in chosen if (key := key_in(each, prefix)) is not None]
    if not isinstance(chosen, dict):
        return chosen
    said = {name: value for name, value in chosen.items() if value is not None}
    is_mine = said.pop("isMine", None)
    made = {name: _plain(value, prefix or ID_FILTERS.get(name), own=own) for name, value in said.items()}
    if is_mine is None:
        return made
    return {"and": [made, {"csmId": {"in" if is_mine else "notIn": own}}]}


def _computed(statement: Any, found: dict[str, Any], arguments: Any = None) -> Row:
    kinds = {column.key: column.type for column in statement.selected_columns}
    return Row(found, kinds, tuple(map(repr, found.values())), arguments)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _written(value: Any) -> Any:
    """A value as PostgreSQL writes it in JSON."""
    if isinstance(value, datetime):
        text = value.isoformat()
        whole, dot, rest = text.partition(".")
        return text if not dot else f"{whole}.{rest[:6].rstrip('0')}{rest[6:]}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, UUID) else value
