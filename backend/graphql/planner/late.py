"""Arguments as a declaration's function receives them: the structure is real, the leaf values are bound late.

Null or not, the keys of an input object, the number of objects in a list, enums and booleans are ordinary Python.
Any other value is a bind parameter: it can be compared in SQL, and Python logic on it fails loudly. A list of scalars
is one array parameter, for `any_of`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeGuard, TypeVar
from uuid import UUID

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    coerce_input_literal,
    is_list_type,
    is_non_null_type,
    value_from_ast_untyped,
)
from graphql.utilities.coerce_input_value import coerce_default_value
from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, any_, literal_column
from sqlalchemy.types import TypeEngine

from backend.graphql.planner.binds import Binds, Bound, Variables, current_binds
from backend.graphql.planner.errors import DeclarationError, Refusal, problem
from backend.graphql.planner.scalars import LEAVES
from backend.graphql.planner.variables import ABSENT, GIVEN, LONGEST_LIST, NULL, holds_objects, shape_of
from backend.viewer import Viewer

T = TypeVar("T")
_PUBLIC_ID = re.compile(r"([a-z][a-z0-9]*)_([0-9a-f]{32})", re.ASCII)


def given(value: T | None) -> TypeGuard[T]:
    """Whether an argument or an input field was given and is not null."""
    return value is not None and value is not strawberry.UNSET


def any_of(column: Any, values: Any) -> ColumnElement[bool]:
    """SQL: the column equals one of a list argument's values. A null or absent list matches nothing."""
    if not given(values):
        return column.in_([])  # type: ignore[no-any-return]
    made: ColumnElement[bool] = column == any_(values)
    return made


def key_of(public_id: Any, prefix: str) -> ColumnElement[UUID]:
    """SQL: the primary key in a public id; NULL, which equals nothing, where it is not one with this prefix."""
    if not given(public_id):
        return literal_column("null::uuid")
    binds = current_binds.get()
    find = binds.value_of(public_id)
    return binds.add(lambda variables, viewer: decode_id(find(variables, viewer), prefix), Uuid())


def keys_of(public_ids: Any, prefix: str) -> Any:
    """SQL: an array of the primary keys in a list of public ids, for `any_of`; those that are not ids are left out."""
    if not given(public_ids):
        return None
    binds = current_binds.get()
    find = binds.value_of(public_ids)

    def decode(variables: Variables, viewer: Viewer) -> list[UUID]:
        keys = (decode_id(text, prefix) for text in find(variables, viewer))
        return [key for key in keys if key is not None]

    return binds.add(decode, ARRAY(Uuid()))


def viewer_account() -> ColumnElement[UUID]:
    """SQL: the account of the viewer; NULL for staff."""
    return current_binds.get().add(lambda _, viewer: viewer.account_id, Uuid())


def viewer_person() -> ColumnElement[UUID]:
    """SQL: the person of the viewer; NULL for an API key."""
    binds = current_binds.get()
    binds.is_personal = True
    return binds.add(lambda _, viewer: viewer.person_id, Uuid())


def viewer_session() -> ColumnElement[UUID]:
    """SQL: the session of the viewer; NULL for an API key."""
    return current_binds.get().add(lambda _, viewer: viewer.session_id, Uuid())


def of_viewer(find: Callable[[Viewer], Any], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """SQL: what a function finds in the viewer, as a parameter. Subscriptions cannot ask for it: viewers share them."""
    return current_binds.get().add(lambda _, viewer: find(viewer), kind)


def viewer_kind() -> str:
    """`member` or `staff`: a plan is made for one kind of viewer."""
    return current_binds.get().kind


def viewer_permissions() -> frozenset[str]:
    """The permissions of the viewer: a plan is made for one set of them."""
    return current_binds.get().permissions


def encode_id(prefix: str, key: UUID) -> str:
    """The public id of a row."""
    return f"{prefix}_{key.hex}"


def decode_id(public_id: object, prefix: str) -> UUID | None:
    """The primary key in a public id, or None where it is not one with this prefix."""
    match = _PUBLIC_ID.fullmatch(public_id) if isinstance(public_id, str) else None
    return UUID(hex=match[2]) if match and match[1] == prefix else None


def prefix_of(public_id: object) -> str | None:
    """The prefix of a well-formed public id, or None."""
    match = _PUBLIC_ID.fullmatch(public_id) if isinstance(public_id, str) else None
    return match[1] if match else None


class Arguments:
    """Turns argument nodes of one operation into late arguments."""

    def __init__(self, binds: Binds, shapes: dict[str, Any], types: dict[str, Any], inputs: dict[str, type]) -> None:
        self._binds = binds
        self._shapes = shapes
        self._types = types
        self._inputs = inputs

    def of(self, node: Any, graphql_arguments: dict[str, Any]) -> dict[str, Any]:
        """The given arguments of a field or directive by GraphQL name; absent ones with defaults included."""
        nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
        found: dict[str, Any] = {}
        for name, argument in graphql_arguments.items():
            value = nodes.get(name)
            if value is None or (isinstance(value, VariableNode) and self._shapes[value.name.value] == ABSENT):
                default = coerce_default_value(argument)
                if default is not Undefined:
                    found[name] = self._constant(argument.type, default)
            else:
                found[name] = self._late(argument.type, value)
        return found

    def _late(self, graphql_type: Any, node: ValueNode) -> Any:
        if is_non_null_type(graphql_type):
            if isinstance(node, VariableNode) and self._shapes[node.name.value] is NULL:
                raise Refusal([problem("BAD_USER_INPUT", f"${node.name.value} must not be null where it is used.")])
            return self._late(graphql_type.of_type, node)
        if isinstance(node, VariableNode):
            name = node.name.value
            shape = self._shapes[name]
            if shape == ABSENT:
                return None
            if is_list_type(graphql_type) and not is_list_type(_nullable(self._types[name])):
                return self._list_of_one(graphql_type, name, shape)
            return self._tree(graphql_type, shape, lambda variables, _: variables[name])
        if isinstance(node, NullValueNode):
            return None
        if not any(_variables_in(node)):
            value = coerce_input_literal(node, graphql_type)
            refuse_unusable(value)
            return self._constant(graphql_type, value)
        if isinstance(graphql_type, GraphQLInputObjectType) and isinstance(node, ObjectValueNode):
            return self._object(graphql_type, node)
        if is_list_type(graphql_type):
            items = list(node.values) if isinstance(node, ListValueNode) else [node]
            if holds_objects(graphql_type):
                return [self._late(graphql_type.of_type, item) for item in items]
            return self._array(graphql_type, items)
        return self._binds.add(lambda variables, _: value_from_ast_untyped(node, variables), leaf_type(graphql_type))

    def _list_of_one(self, graphql_type: Any, name: str, shape: Any) -> Any:
        if shape is NULL:
            return None
        if holds_objects(graphql_type):
            return [self._tree(_nullable(graphql_type.of_type), shape, lambda variables, _: variables[name])]
        return self._tree(graphql_type, GIVEN, lambda variables, _: [variables[name]])

    def _array(self, graphql_type: Any, items: list[ValueNode]) -> Any:
        finders: list[Bound] = []
        for item in items:
            if isinstance(item, VariableNode):
                finders.append(lambda variables, _, name=item.name.value: variables.get(name))  # type: ignore[misc]
            else:
                constant = coerce_input_literal(item, graphql_type.of_type)
                refuse_unusable(constant)
                finders.append(lambda _, __, constant=constant: constant)  # type: ignore[misc]
        return self._tree(graphql_type, GIVEN, lambda variables, viewer: [find(variables, viewer) for find in finders])

    def _object(self, graphql_type: GraphQLInputObjectType, node: ObjectValueNode) -> Any:
        nodes = {item.name.value: item.value for item in node.fields}
        found: dict[str, Any] = {}
        for name, input_field in graphql_type.fields.items():
            value = nodes.get(name)
            absent = isinstance(value, VariableNode) and self._shapes[value.name.value] == ABSENT
            if value is None or absent:
                default = coerce_default_value(input_field)
                if default is not Undefined:
                    found[name] = self._constant(input_field.type, default)
            else:
                found[name] = self._late(input_field.type, value)
        return self._instance(graphql_type, found)

    def _constant(self, graphql_type: Any, value: Any) -> Any:
        return self._tree(graphql_type, shape_of(graphql_type, value), lambda _, __: value)

    def _tree(self, graphql_type: Any, shape: Any, find: Bound) -> Any:
        graphql_type = _nullable(graphql_type)
        if shape is NULL:
            return None
        if is_list_type(graphql_type):
            if holds_objects(graphql_type):
                return [self._tree(graphql_type.of_type, inner, _item(find, i)) for i, inner in enumerate(shape)]
            return self._binds.add(_words(find, graphql_type), ARRAY(leaf_type(graphql_type.of_type)))
        if isinstance(graphql_type, GraphQLInputObjectType):
            fields = graphql_type.fields
            return self._instance(
                graphql_type, {name: self._tree(fields[name].type, inner, _item(find, name)) for name, inner in shape}
            )
        if isinstance(graphql_type, GraphQLEnumType) or graphql_type.name == "Boolean":
            return shape
        return self._binds.add(find, leaf_type(graphql_type))

    def _instance(self, graphql_type: GraphQLInputObjectType, values: dict[str, Any]) -> Any:
        cls: Any = self._inputs[graphql_type.name]
        names = {name: graphql_type.fields[name].extensions["strawberry-definition"].python_name for name in values}
        return cls(**{names[name]: value for name, value in values.items()})


def _nullable(graphql_type: Any) -> Any:
    return graphql_type.of_type if is_non_null_type(graphql_type) else graphql_type


def _item(find: Bound, key: Any) -> Bound:
    return lambda variables, viewer: find(variables, viewer)[key]


def _words(find: Bound, graphql_type: Any) -> Bound:
    """Enums in an array go to the database as the words that are stored."""
    if not isinstance(_nullable(graphql_type.of_type), GraphQLEnumType):
        return find

    def words(variables: Variables, viewer: Viewer) -> list[Any]:
        return [None if member is None else member.value for member in find(variables, viewer)]

    return words


def leaf_type(graphql_type: Any) -> TypeEngine[Any]:
    """The SQL type that a scalar or enum is bound as. Raises DeclarationError."""
    graphql_type = _nullable(graphql_type)
    if isinstance(graphql_type, GraphQLEnumType):
        return Text()
    if is_list_type(graphql_type) or graphql_type.name not in LEAVES:
        raise DeclarationError(f"An argument of type {graphql_type} cannot be planned.")
    return LEAVES[graphql_type.name].bind


def _variables_in(node: Any) -> Iterable[str]:
    if isinstance(node, VariableNode):
        yield node.name.value
    elif isinstance(node, ListValueNode):
        for item in node.values:
            yield from _variables_in(item)
    elif isinstance(node, ObjectValueNode):
        for field in node.fields:
            yield from _variables_in(field.value)


def refuse_unusable(value: Any) -> None:
    """The limits of variables hold for literals too. Raises Refusal."""
    if isinstance(value, str) and "\x00" in value:
        raise Refusal([problem("BAD_USER_INPUT", "A string holds a character that cannot be stored (U+0000).")])
    if isinstance(value, list):
        if len(value) > LONGEST_LIST:
            raise Refusal([problem("BAD_USER_INPUT", f"A list has more than {LONGEST_LIST} values.")])
        for item in value:
            refuse_unusable(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unusable(key)
            refuse_unusable(item)
