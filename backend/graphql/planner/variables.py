"""Reading the variables of a request: one pass that coerces values and notes their shape.

The shape is what a plan may depend on: which keys and nulls there are, how many objects a list has, and the values of
enums and booleans (there are few of them). Everything else is bound to the compiled statement late. What these
functions refuse is read again by graphql-core, whose messages name the place.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_variable_values,
    is_list_type,
    is_non_null_type,
    type_from_ast,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from backend.graphql.planner.errors import Refusal, from_graphql, problem

LONGEST_LIST = 250
MOST_PARTS = 5_000
"""Objects, and fields of objects, in all variables of a request together."""
GIVEN = True
"""The shape of a scalar, or of a list of scalars."""
NULL = None
ABSENT = ("absent",)
"""The shape of a variable that was not given and has no default; no other shape equals it."""

Coerce = Callable[[Any], tuple[Any, Any]]


class Uncoercible(Exception):
    """A value does not fit its type."""


class ListTooLong(Uncoercible):
    """A list has more than `LONGEST_LIST` values."""


def _string(value: Any) -> tuple[Any, Any]:
    if type(value) is not str or "\x00" in value:
        raise Uncoercible
    return value, GIVEN


def _id(value: Any) -> tuple[Any, Any]:
    if type(value) is int:
        return str(value), GIVEN
    return _string(value)


def _int(value: Any) -> tuple[Any, Any]:
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise Uncoercible
    return value, GIVEN


def _boolean(value: Any) -> tuple[Any, Any]:
    if type(value) is not bool:
        raise Uncoercible
    return value, value


FAST: dict[str, Coerce] = {"String": _string, "ID": _id, "Int": _int, "Boolean": _boolean}


class Coercers:
    """Coercing functions by input type, made once a type."""

    def __init__(self) -> None:
        self._made: dict[str, Coerce] = {}
        self._lock = RLock()

    def of(self, graphql_type: GraphQLInputType) -> Coerce:
        """The function that reads a value of a type, nullable or not. Safe to call from any thread."""
        key = str(graphql_type)
        with self._lock:
            if key not in self._made:
                self._made[key] = lambda value: self._made[key](value)  # input types may hold themselves
                self._made[key] = self._make(graphql_type)
            return self._made[key]

    def _make(self, graphql_type: Any) -> Coerce:
        if is_non_null_type(graphql_type):
            return _not_null(self.of(graphql_type.of_type))
        if is_list_type(graphql_type):
            return _list(self.of(graphql_type.of_type), objects=holds_objects(graphql_type))
        if isinstance(graphql_type, GraphQLInputObjectType):
            return self._object(graphql_type)
        if isinstance(graphql_type, GraphQLEnumType):
            return _enum(graphql_type)
        return _nullable(FAST.get(graphql_type.name) or _scalar(graphql_type))

    def _object(self, graphql_type: GraphQLInputObjectType) -> Coerce:
        fields = graphql_type.fields
        readers = {name: self.of(field.type) for name, field in fields.items()}
        defaults: dict[str, tuple[Any, Any]] = {}
        required = []
        for name, field in fields.items():
            default = coerce_default_value(field)
            if default is not Undefined:
                defaults[name] = default, shape_of(field.type, default)
            elif is_non_null_type(field.type):
                required.append(name)
        one_of = graphql_type.is_one_of

        def coerce(value: Any) -> tuple[Any, Any]:
            if value is None:
                return None, NULL
            if type(value) is not dict:
                raise Uncoercible
            values: dict[str, Any] = {}
            shapes: dict[str, Any] = {}
            for name, given in value.items():
                if name not in readers:
                    raise Uncoercible
                values[name], shapes[name] = readers[name](given)
            for name in required:
                if name not in values:
                    raise Uncoercible
            for name, (default, shape) in defaults.items():
                if name not in values:
                    values[name], shapes[name] = default, shape
            if one_of and (len(values) != 1 or None in values.values()):
                raise Uncoercible
            return values, tuple(sorted(shapes.items()))

        return coerce


def _nullable(read: Coerce) -> Coerce:
    return lambda value: (None, NULL) if value is None else read(value)


def _not_null(read: Coerce) -> Coerce:
    def coerce(value: Any) -> tuple[Any, Any]:
        if value is None:
            raise Uncoercible
        return read(value)

    return coerce


def _list(read: Coerce, *, objects: bool) -> Coerce:
    def coerce(value: Any) -> tuple[Any, Any]:
        if value is None:
            return None, NULL
        items = value if type(value) is list else [value]
        if len(items) > LONGEST_LIST:
            raise ListTooLong
        read_items = [read(item) for item in items]
        return [item for item, _ in read_items], tuple(shape for _, shape in read_items) if objects else GIVEN

    return coerce


def _enum(graphql_type: GraphQLEnumType) -> Coerce:
    members = {name: graphql_type.coerce_input_value(name) for name in graphql_type.values}

    def coerce(value: Any) -> tuple[Any, Any]:
        if value is None:
            return None, NULL
        if type(value) is not str or value not in members:
            raise Uncoercible
        return members[value], members[value]

    return coerce


def _scalar(graphql_type: GraphQLScalarType) -> Coerce:
    def coerce(value: Any) -> tuple[Any, Any]:
        try:
            return graphql_type.coerce_input_value(value), GIVEN
        except Exception as error:
            raise Uncoercible from error

    return coerce


def holds_objects(graphql_type: Any) -> bool:
    """Whether a list type holds input objects."""
    while is_list_type(graphql_type) or is_non_null_type(graphql_type):
        graphql_type = graphql_type.of_type
    return isinstance(graphql_type, GraphQLInputObjectType)


def shape_of(graphql_type: Any, value: Any) -> Any:
    """The shape of a value that is coerced already."""
    if is_non_null_type(graphql_type):
        return shape_of(graphql_type.of_type, value)
    if value is None:
        return NULL
    if is_list_type(graphql_type):
        return tuple(shape_of(graphql_type.of_type, item) for item in value) if holds_objects(graphql_type) else GIVEN
    if isinstance(graphql_type, GraphQLInputObjectType):
        return tuple((name, shape_of(graphql_type.fields[name].type, given)) for name, given in sorted(value.items()))
    if isinstance(graphql_type, GraphQLEnumType) or graphql_type.name == "Boolean":
        return value
    return GIVEN


def _parts(shape: tuple[Any, ...]) -> int:
    """How many objects and fields of objects a shape has: each is a tuple in it."""
    return sum(1 + _parts(part) for part in shape if type(part) is tuple)


class VariableReader:
    """Reads the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode, coercers: Coercers) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self.types: dict[str, Any] = {}
        self._readers: list[tuple[str, Coerce, bool, bool]] = []
        for definition in self._definitions:
            name = definition.variable.name.value
            graphql_type: Any = type_from_ast(schema, definition.type)
            self.types[name] = graphql_type
            self._readers.append(
                (name, coercers.of(graphql_type), is_non_null_type(graphql_type), definition.default_value is not None)
            )
        found = get_variable_values(schema, [d for d in self._definitions if d.default_value is not None], {}, None)
        defaults = {} if isinstance(found, list) else found.coerced  # validation has checked them: there is no error
        self._defaults = {name: (value, shape_of(self.types[name], value)) for name, value in defaults.items()}

    def read(self, given: dict[str, Any]) -> tuple[dict[str, Any], tuple[Any, ...]]:
        """The coerced values and their shape. Raises Refusal (BAD_USER_INPUT)."""
        values: dict[str, Any] = {}
        shapes = []
        try:
            for name, coerce, required, has_default in self._readers:
                if name in given:
                    values[name], shape = coerce(given[name])
                elif has_default:
                    values[name], shape = self._defaults[name]
                elif required:
                    raise Uncoercible
                else:
                    shape = ABSENT
                shapes.append(shape)
        except ListTooLong:
            message = f"${name} holds a list of more than {LONGEST_LIST} values. Ask in several requests."
            raise Refusal([problem("BAD_USER_INPUT", message)]) from None
        except (Uncoercible, RecursionError):
            raise self._explain(given, name) from None
        shape = tuple(shapes)
        if _parts(shape) > MOST_PARTS:
            message = (
                f"The variables hold more than {MOST_PARTS:,} objects and fields of objects. Ask for less at a time."
            )
            raise Refusal([problem("BAD_USER_INPUT", message)])
        return values, shape

    def shapes(self, shape: tuple[Any, ...]) -> dict[str, Any]:
        """The parts of a shape, as `read` gives it, by the variables' names."""
        return dict(zip(self.types, shape, strict=True))

    def _explain(self, given: dict[str, Any], name: str) -> Refusal:
        found = get_variable_values(self._schema, self._definitions, given, max_errors=10, hide_suggestions=True)
        if isinstance(found, list):
            return Refusal([from_graphql(error, "BAD_USER_INPUT") for error in found])
        return Refusal([problem("BAD_USER_INPUT", f"${name} holds a character that cannot be stored (U+0000).")])
