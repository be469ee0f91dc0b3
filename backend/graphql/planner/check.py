"""Checks of the declarations at start-up: what would fail, or quietly break the schema's promises, at some request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLScalarType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from sqlalchemy import ARRAY, ColumnElement, DateTime, Uuid
from sqlalchemy import inspect as inspect_model
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import NullType, TypeEngine

from backend.graphql.planner.assemble import Assembled, FieldInfo, TypeInfo
from backend.graphql.planner.binds import Binds, current_binds
from backend.graphql.planner.connections import PAGE, require_total_order
from backend.graphql.planner.errors import DeclarationError
from backend.graphql.planner.feeds import feed_of
from backend.graphql.planner.late import leaf_type
from backend.graphql.planner.mappings import (
    Change,
    Embedded,
    Given,
    Identifier,
    Kept,
    NodeLookup,
    Problems,
    Relation,
    SameRow,
    Value,
    Watch,
)
from backend.graphql.planner.objects import foreign_key
from backend.graphql.planner.rows import Row, Source, columns_of, of_model, settle_order
from backend.graphql.planner.scalars import LEAVES
from backend.graphql.planner.selects import of_select

Kind = Literal["member", "staff"]
MayHide = Callable[[str, Kind], bool]
"""Whether row security hides rows of a table from a kind of viewer."""
KINDS: tuple[Kind, ...] = ("member", "staff")


def check(assembled: Assembled, may_hide: MayHide = lambda table, kind: False) -> None:
    """Raise DeclarationError with every fault of the declarations, one a line."""
    faults = list(_faults(assembled, may_hide))
    if faults:
        raise DeclarationError("\n".join(faults))


def _faults(assembled: Assembled, may_hide: MayHide) -> Iterator[str]:
    for info in assembled.types.values():
        for field in info.fields.values():
            token = current_binds.set(Binds("staff", frozenset()))
            try:
                _Field(assembled, info, field, may_hide).check()
            except DeclarationError as error:
                yield f"{info.name}.{field.name}: {error}"
            finally:
                current_binds.reset(token)


class _CheckedRow(Row):
    """A row whose columns know whether they may be null."""

    def __init__(self, model: Any) -> None:
        super().__init__("t0", columns_of(model), {})
        self._model = model

    def __getattr__(self, key: str) -> ColumnElement[Any]:
        column: Any = super().__getattr__(key)
        nullable = bool(inspect_model(self._model).column_attrs[key].columns[0].nullable)
        return column._annotate({"may_be_null": nullable})  # type: ignore[no-any-return]


class _AnyRow:
    """A row of which nothing is known."""

    _arguments: dict[str, Any] = {}  # noqa: RUF012 - never changed

    def __getattr__(self, key: str) -> Any:
        raise _Unknown


class _Unknown(Exception):
    """Only a request can tell."""


class _Field:
    """The checks of one field."""

    def __init__(self, assembled: Assembled, info: TypeInfo, field: FieldInfo, may_hide: MayHide) -> None:
        self.assembled = assembled
        self.info = info
        self.field = field
        self.may_hide = may_hide
        self.model = info.declared.model
        self.required = is_non_null_type(field.graphql.type)
        self.row: Any = _CheckedRow(self.model) if self.model is not None else _AnyRow()

    def check(self) -> None:
        mapping = self.field.mapping
        if mapping.gate is not None and self.required:
            raise DeclarationError("a field behind a gate is null without the permission; declare it nullable.")
        try:
            if isinstance(mapping, Value):
                self._value(mapping)
            elif isinstance(mapping, Identifier):
                self._identifier()
            elif isinstance(mapping, Relation):
                self._relation(mapping)
            elif isinstance(mapping, SameRow):
                self._same_row(mapping)
            elif isinstance(mapping, Embedded):
                self._embedded(mapping)
            elif isinstance(mapping, Given):
                self._given()
            elif isinstance(mapping, Kept):
                self._kept(mapping)
            elif not isinstance(mapping, NodeLookup | Change | Watch | Problems):
                raise DeclarationError(f"{type(mapping).__name__} cannot be planned.")
        except _Unknown:
            pass

    def _value(self, mapping: Value) -> None:
        if mapping.source is None:
            self._expression(self.field, getattr(self.row, self.field.python_name))
        elif isinstance(mapping.source, InstrumentedAttribute):
            if mapping.source.class_ is not self.model:
                raise DeclarationError(f"{mapping.source} is no column of {self.model.__name__}.")
            self._expression(self.field, getattr(self.row, mapping.source.key))
        else:
            for arguments in self._arguments():
                self._expression(self.field, mapping.source(self.row, **arguments))

    def _expression(self, field: FieldInfo, expression: Any, *, vouched: bool = False) -> None:
        may_be_null = getattr(expression, "_annotations", {}).get("may_be_null") and not vouched
        if is_non_null_type(field.graphql.type) and may_be_null:
            raise DeclarationError("the column may be null; declare the field nullable, or the column NOT NULL.")
        kind: TypeEngine[Any] = getattr(expression, "type", NullType())
        _require_fitting(field.graphql.type, kind)

    def _identifier(self) -> None:
        keys = inspect_model(self.model).primary_key
        if len(keys) != 1 or not isinstance(keys[0].type, Uuid):
            raise DeclarationError("a public id needs a primary key of one uuid column; declare the type with @row.")

    def _relation(self, mapping: Relation) -> None:
        target_name = get_named_type(self.field.graphql.type).name
        connection = self.assembled.graphql.type_map[target_name]
        paged = target_name not in self.assembled.types and "edges" in getattr(connection, "fields", {})
        if paged:
            edge: Any = get_named_type(connection.fields["edges"].type)  # type: ignore[attr-defined]
            target_name = get_named_type(edge.fields["node"].type).name
        target = self.assembled.types.get(target_name)
        if target is None and not is_abstract_type(self.assembled.graphql.type_map[target_name]):
            raise DeclarationError(f"{target_name} is not declared with @node or @row.")
        listed = paged or is_list_type(getattr(self.field.graphql.type, "of_type", self.field.graphql.type))
        if listed != (mapping.towards == "many"):
            raise DeclarationError("use to_many for a list or a Connection, and to_one for an object.")
        if target is None:
            self._merged(mapping, target_name)
        elif isinstance(mapping.source, InstrumentedAttribute):
            self._along_foreign_key(mapping, target, paged=paged)
        elif mapping.source is None or not callable(mapping.source):
            raise DeclarationError("give a foreign key column, or a function that returns a Select.")
        else:
            for arguments in self._arguments():
                self._selected(mapping, target, arguments, paged=paged, listed=listed)

    def _along_foreign_key(self, mapping: Relation, target: TypeInfo, *, paged: bool) -> None:
        column: InstrumentedAttribute[Any] = mapping.source
        near, far = (
            (self.model, target.declared.model) if mapping.towards == "one" else (target.declared.model, self.model)
        )
        if column.class_ is not near:
            raise DeclarationError(f"{column} is no column of {near.__name__}.")
        foreign_key(column)
        referred = {key.column.table for key in column.property.columns[0].foreign_keys}
        if far.__table__ not in referred:
            raise DeclarationError(f"{column} does not refer to {far.__name__}.")
        if mapping.towards == "one" and self.required:
            if column.property.columns[0].nullable:
                raise DeclarationError(f"{column} may be null; declare the field nullable, or the column NOT NULL.")
            self._refuse_hidden(target)
        source = of_model("t1", target.declared.model)
        settle_order(source, mapping.order_by)
        if paged:
            require_total_order(source)

    def _selected(
        self, mapping: Relation, target: TypeInfo, arguments: dict[str, Any], *, paged: bool, listed: bool
    ) -> None:
        numbers = iter(range(1, 1_000))
        root = self.info.name == "Query"
        statement = mapping.source(**arguments) if root else mapping.source(self.row, **arguments)
        if isinstance(statement, list | tuple):
            require_total_order(feed_of(self.assembled, lambda: f"t{next(numbers)}", target.name, statement, arguments))
            return
        source: Source = of_select(lambda: f"t{next(numbers)}", statement, arguments)
        model = target.declared.model
        if model is not None and source.model is not model:
            raise DeclarationError(f"its function selects {source.model}, but {target.name} is declared over {model}.")
        if source.model is None:
            self._columns(target, source)
        if listed:
            settle_order(source, mapping.order_by)
            if paged:
                require_total_order(source)
            elif not source.order:
                raise DeclarationError("the list has no order; give order_by, or order the Select.")
        elif self.required and model is not None:
            self._refuse_hidden(target)

    def _merged(self, mapping: Relation, target_name: str) -> None:
        if isinstance(mapping.source, InstrumentedAttribute) or not callable(mapping.source):
            raise DeclarationError(f"{target_name} is a union or an interface; give a function that returns Selects.")
        numbers = iter(range(1, 1_000))
        for arguments in self._arguments():
            made = mapping.source(**arguments) if self.info.name == "Query" else mapping.source(self.row, **arguments)
            require_total_order(feed_of(self.assembled, lambda: f"t{next(numbers)}", target_name, made, arguments))

    def _columns(self, target: TypeInfo, source: Source) -> None:
        for inner in target.fields.values():
            if isinstance(inner.mapping, Value) and inner.mapping.source is None:
                _require_fitting(inner.graphql.type, getattr(source.row, inner.python_name).type)

    def _refuse_hidden(self, target: TypeInfo) -> None:
        table = target.declared.model.__tablename__
        for kind in KINDS:
            if self.may_hide(table, kind) and not self.may_hide(self._own_table(), kind):
                raise DeclarationError(f"row security hides rows of {table} from a {kind}; declare the field nullable.")

    def _own_table(self) -> str:
        return self.model.__tablename__ if self.model is not None else ""

    def _same_row(self, mapping: SameRow) -> None:
        target = self.assembled.types[get_named_type(self.field.graphql.type).name]
        if target.declared.model is not self.model:
            raise DeclarationError(f"{target.name} is declared over another model.")
        if mapping.when is not None and self.required:
            raise DeclarationError("it is null where `when` is not true; declare it nullable.")

    def _embedded(self, mapping: Embedded) -> None:
        if mapping.when is not None and self.required:
            raise DeclarationError("it is null where `when` is not true; declare it nullable.")
        target = self.assembled.types[get_named_type(self.field.graphql.type).name]
        for arguments in self._arguments():
            made = mapping.source(self.row, **arguments)
            for inner in target.fields.values():
                if isinstance(inner.mapping, Value) and inner.mapping.source is None:
                    if inner.python_name not in made:
                        raise DeclarationError(f"the embedded object has no {inner.python_name!r}.")
                    self._expression(inner, made[inner.python_name], vouched=mapping.when is not None)

    def _kept(self, mapping: Kept) -> None:
        asks = self.assembled.query_field(mapping.query)
        if asks is None:
            raise DeclarationError(f"{mapping.query.function.__name__} is no field of Query here.")
        if get_named_type(asks.graphql.type) is not get_named_type(self.field.graphql.type):
            raise DeclarationError(f"Query.{asks.name} answers {asks.graphql.type}; declare that.")
        if self.required:
            raise DeclarationError("it is null where what is kept cannot be used any more; declare it nullable.")
        for name, column in mapping.arguments.items():
            if name not in asks.parameters.values():
                raise DeclarationError(f"Query.{asks.name} has no argument {name!r}.")
            if column.class_ is not self.model or column.type.__visit_name__.upper() not in ("JSON", "JSONB"):
                raise DeclarationError(f"{column} is no JSON column of {self.model.__name__}.")

    def _given(self) -> None:
        named: Any = get_named_type(self.field.graphql.type)
        is_list = is_list_type(getattr(self.field.graphql.type, "of_type", self.field.graphql.type))
        if is_list != self.required:
            raise DeclarationError("it is null, or an empty list, beside userErrors; declare it nullable, or a list.")
        if is_leaf_type(named):
            leaf_type(named)
        elif getattr(self.assembled.types.get(named.name), "declared", None) is None:
            raise DeclarationError(f"{named.name} is not declared with @node.")
        elif self.assembled.types[named.name].declared.model is None:
            self._given_whole(self.assembled.types[named.name])
        elif self.assembled.types[named.name].declared.prefix is None:
            raise DeclarationError(f"{named.name} has no public id; give objects that have one.")

    def _given_whole(self, info: TypeInfo) -> None:
        """Of an object that a mutation gives as values, every field is a plain value, or is given whole too."""
        for inner in info.fields.values():
            if not isinstance(inner.mapping, Value) or inner.mapping.source is not None:
                raise DeclarationError(
                    f"{info.name}.{inner.name}: an object that is given whole has plain values only."
                )
            named: Any = get_named_type(inner.graphql.type)
            if not is_leaf_type(named):
                self._given_whole(self.assembled.types[named.name])

    def _arguments(self) -> Iterator[dict[str, Any]]:
        """Arguments to try: the required ones, and each enum value wherever one can be given."""
        binds = current_binds.get()
        graphql_arguments = {n: a for n, a in self.field.graphql.args.items() if n not in PAGE}
        names = self.field.parameters
        required = {
            names[name]: _example(self.assembled, binds, argument.type, None)
            for name, argument in graphql_arguments.items()
            if is_required_argument(argument)
        }
        yield required
        for name, argument in graphql_arguments.items():
            for enum in _enums_within(argument.type):
                for word in enum.values:
                    yield {**required, names[name]: _example(self.assembled, binds, argument.type, (enum, word))}


def _example(assembled: Assembled, binds: Binds, graphql_type: Any, chosen: tuple[GraphQLEnumType, str] | None) -> Any:
    """A late value of an input type: required fields only, and the chosen enum value wherever it fits."""
    if is_non_null_type(graphql_type):
        return _example(assembled, binds, graphql_type.of_type, chosen)
    if isinstance(graphql_type, GraphQLEnumType):
        word = chosen[1] if chosen and chosen[0] is graphql_type else next(iter(graphql_type.values))
        return graphql_type.coerce_input_value(word)
    if isinstance(graphql_type, GraphQLInputObjectType):
        values = {
            field.extensions["strawberry-definition"].python_name: _example(assembled, binds, field.type, chosen)
            for field in graphql_type.fields.values()
            if is_required_input_field(field) or (chosen and get_named_type(field.type) is chosen[0])
        }
        return assembled.inputs[graphql_type.name](**values)
    if is_list_type(graphql_type):
        inner = get_named_type(graphql_type)
        if isinstance(inner, GraphQLInputObjectType):
            return [_example(assembled, binds, graphql_type.of_type, chosen)]
        return binds.add(lambda _, __: [], ARRAY(leaf_type(inner)))
    if graphql_type.name == "Boolean":
        return False
    return binds.add(lambda _, __: None, leaf_type(graphql_type))


def _enums_within(graphql_type: Any) -> Iterator[GraphQLEnumType]:
    named: Any = get_named_type(graphql_type)
    if isinstance(named, GraphQLEnumType):
        yield named
    elif isinstance(named, GraphQLInputObjectType):
        for field in named.fields.values():
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLEnumType):
                yield inner


def _require_fitting(graphql_type: Any, kind: TypeEngine[Any]) -> None:
    if is_non_null_type(graphql_type):
        graphql_type = graphql_type.of_type
    if isinstance(kind, NullType):
        return
    if is_list_type(graphql_type):
        if not isinstance(kind, ARRAY) and kind.__visit_name__.upper() not in ("JSON", "JSONB"):
            raise DeclarationError(f"a list cannot read {kind!r}; it needs an array.")
        return
    if isinstance(graphql_type, GraphQLScalarType) and graphql_type.name in LEAVES:
        fitting = LEAVES[graphql_type.name].columns
    elif isinstance(graphql_type, GraphQLEnumType):
        fitting = LEAVES["String"].columns
    else:
        raise DeclarationError(f"{graphql_type} is an object; use to_one, same_row or embedded.")
    if kind.__visit_name__.lower() not in fitting:
        raise DeclarationError(f"{graphql_type.name} cannot read {kind!r}, only {', '.join(fitting)}.")
    if isinstance(kind, DateTime) and not kind.timezone:
        raise DeclarationError("DateTime needs a timestamptz column.")
