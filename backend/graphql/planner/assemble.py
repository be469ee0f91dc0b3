"""From declarations to a schema: forward references, arguments, Query, and a table of what each field means."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Annotated, Any

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from backend.graphql.planner.declare import Connection, Node
from backend.graphql.planner.errors import DeclarationError
from backend.graphql.planner.mappings import (
    Declared,
    Kept,
    Mapping,
    MutationField,
    NodeLookup,
    QueryField,
    Relation,
    SubscriptionField,
    Value,
    planned,
)
from backend.graphql.planner.scalars import SCALARS

DEFINITION = "strawberry-definition"


class Names(NameConverter):
    """Python names that end in an underscore (`from_`, `in_`) lose it."""

    def apply_naming_config(self, name: str) -> str:
        """The GraphQL name of a Python name."""
        return super().apply_naming_config(name.rstrip("_"))


@dataclass(slots=True)
class FieldInfo:
    """One field of one object type."""

    name: str
    python_name: str
    mapping: Mapping
    graphql: Any
    """The GraphQLField."""
    parameters: dict[str, str]
    """Python parameter of each GraphQL argument."""


@dataclass(slots=True)
class TypeInfo:
    """One object type."""

    name: str
    declared: Declared
    fields: dict[str, FieldInfo] = field(default_factory=dict)


@dataclass(slots=True)
class Assembled:
    """A schema and what its planned fields mean."""

    strawberry: strawberry.Schema
    graphql: GraphQLSchema
    types: dict[str, TypeInfo]
    """By GraphQL name; the root type is `Query`."""
    prefixes: dict[str, str]
    """GraphQL type name by the prefix of its public ids."""
    enums: dict[str, type]
    """Python enum by GraphQL name."""
    inputs: dict[str, type]
    """Input class by GraphQL name."""

    def query_field(self, declared: QueryField[...]) -> FieldInfo | None:
        """The field of Query that a function declares."""
        fields = self.types["Query"].fields.values()
        return next((field for field in fields if field.mapping is declared.mapping), None)


def assemble(
    *modules: ModuleType | Dictionary[str, Any],
    types: Iterable[type] = (),
) -> Assembled:
    """Build the schema of everything that the modules declare. Raises DeclarationError."""
    classes, query_fields, mutation_fields, watches = _collect(modules)
    registry: dict[str, Any] = {cls.__name__: cls for cls in classes}
    if len(registry) < len(classes):
        raise DeclarationError(f"Two declared classes share a name: {sorted(cls.__name__ for cls in classes)}")
    for cls in classes:
        _give_namespaces(cls, registry)
    query = _query(query_fields, registry)
    mutation = _mutation(mutation_fields, registry) if mutation_fields else None
    subscription = _subscription(watches, registry) if watches else None
    schema = strawberry.Schema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=[*classes, *types],
        config=StrawberryConfig(name_converter=Names(), scalar_map=SCALARS),
    )
    graphql = schema._schema
    assembled = Assembled(schema, graphql, {}, {}, {}, {})
    roots = {
        root.__name__: Declared(root, None, None, None, {f.python_name: f.metadata["mapping"] for f in _fields(root)})
        for root in (query, mutation, subscription)
        if root is not None
    }
    for name, graphql_type in graphql.type_map.items():
        definition = graphql_type.extensions.get(DEFINITION)
        if isinstance(graphql_type, GraphQLObjectType) and definition is not None:
            declared = roots.get(name) or planned(definition.origin)
            if declared is not None:
                assembled.types[name] = _type_info(name, declared, graphql_type)
                if declared.prefix is not None:
                    if declared.prefix in assembled.prefixes:
                        raise DeclarationError(f"Two types use the prefix {declared.prefix!r}.")
                    assembled.prefixes[declared.prefix] = name
        elif hasattr(graphql_type, "wrapped_cls"):
            assembled.enums[name] = graphql_type.wrapped_cls
        elif isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
            assembled.inputs[name] = definition.origin
    return assembled


def _collect(
    modules: Iterable[ModuleType | Dictionary[str, Any]],
) -> tuple[list[type], dict[str, QueryField[...]], dict[str, MutationField[..., Any]], dict[str, SubscriptionField]]:
    classes: dict[type, None] = {}
    query: dict[str, QueryField[...]] = {}
    mutation: dict[str, MutationField[..., Any]] = {}
    watches: dict[str, SubscriptionField] = {}
    for module in modules:
        for name, value in (vars(module) if isinstance(module, ModuleType) else module).items():
            if isinstance(value, type) and planned(value) is not None:
                classes[value] = None
            elif isinstance(value, QueryField) and query.setdefault(name, value) is not value:
                raise DeclarationError(f"Two functions declare Query.{name}.")
            elif isinstance(value, MutationField) and mutation.setdefault(name, value) is not value:
                raise DeclarationError(f"Two functions declare Mutation.{name}.")
            elif isinstance(value, SubscriptionField) and watches.setdefault(name, value) is not value:
                raise DeclarationError(f"Two functions declare Subscription.{name}.")
    return list(classes), query, mutation, watches


def _give_namespaces(cls: type, registry: dict[str, Any]) -> None:
    """Let forward references find every declared class by its name, wherever it is declared."""
    declared = planned(cls)
    for made in _fields(cls):
        origin = made.origin if isinstance(made.origin, type) else cls
        namespace = {**vars(sys.modules[origin.__module__]), **registry}
        raw = origin.__annotations__.get(made.python_name)
        if raw is None:
            continue
        made.type_annotation = StrawberryAnnotation(raw, namespace=namespace)
        mapping = declared.mappings.get(made.python_name) if declared else None
        source = getattr(mapping, "source", None)
        arguments = _arguments(source, namespace, skip=1) if inspect.isfunction(source) else []
        if isinstance(mapping, Kept):
            asked = _arguments(mapping.query.function, namespace, skip=0)
            arguments = [argument for argument in asked if argument.python_name not in mapping.arguments]
        if isinstance(mapping, Relation | Kept) and "Connection[" in str(raw):
            arguments += page_arguments()
        made.arguments = arguments


def _arguments(function: Callable[..., Any], namespace: dict[str, Any], *, skip: int) -> list[StrawberryArgument]:
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    scope = {**vars(sys.modules[function.__module__]), **namespace}
    hints = typing.get_type_hints(
        SimpleNamespace(__annotations__={p.name: p.annotation for p in parameters}), scope, include_extras=True
    )
    missing = [p.name for p in parameters if p.annotation is inspect.Parameter.empty]
    if missing:
        raise DeclarationError(f"{function.__qualname__}: annotate {', '.join(missing)}.")
    return [
        StrawberryArgument(p.name, None, StrawberryAnnotation(hints[p.name], namespace=scope), default=p.default)
        for p in parameters
    ]


def _query(query_fields: dict[str, QueryField[...]], registry: dict[str, Any]) -> type:
    namespace: dict[str, Any] = {"Connection": Connection, "Node": Node, **registry}
    made: dict[str, StrawberryField] = {}
    for name, declared in query_fields.items():
        target = declared.target if isinstance(declared.target, str) else declared.target.__name__
        module = vars(sys.modules[declared.function.__module__])
        annotation = {"one": target, "list": f"list[{target}]", "connection": f"Connection[{target}]"}[declared.shape]
        made[name] = _root_field(
            annotation + (" | None" if declared.nullable else ""),
            declared.mapping,
            {**module, **namespace},
            declared.mapping.source,
        )
    made["node"] = _root_field("Node | None", NodeLookup(many=False, description=NODE), namespace, _node_arguments)
    made["nodes"] = _root_field(
        "list[Node | None]", NodeLookup(many=True, description=NODES), namespace, _nodes_arguments
    )
    return _root("Query", "What can be read.", made)


def _mutation(mutation_fields: dict[str, MutationField[..., Any]], registry: dict[str, Any]) -> type:
    made: dict[str, StrawberryField] = {}
    for name, declared in mutation_fields.items():
        hints = typing.get_type_hints(declared.function, localns=registry)
        if list(hints) != ["info", "input", "return"] or planned(hints["return"]) is None:
            raise DeclarationError(f"Mutation.{name}: write (info: Info, input: …Input) -> …Payload.")
        made[name] = StrawberryField(
            type_annotation=StrawberryAnnotation(f"{hints['return'].__name__} | None", namespace=registry),
            description=declared.mapping.description,
            metadata={"mapping": declared.mapping},
        )
        annotation = StrawberryAnnotation(hints["input"])
        made[name].arguments = [StrawberryArgument("input", None, annotation, description="What to change.")]
    return _root("Mutation", "What can be changed. Fields run one after the other, each in a transaction.", made)


def _subscription(watches: dict[str, SubscriptionField], registry: dict[str, Any]) -> type:
    made: dict[str, StrawberryField] = {}
    for name, declared in watches.items():
        namespace = {**vars(sys.modules[declared.mapping.source.__module__]), **registry}
        made[name] = _root_field(declared.target.__name__, declared.mapping, namespace, declared.mapping.source)
    return _root("Subscription", "What is told as it happens: one field an operation.", made)


def _root(name: str, description: str, fields: dict[str, StrawberryField]) -> type:
    body: dict[str, Any] = dict(fields)
    body["__annotations__"] = {
        name: value.type_annotation.raw_annotation for name, value in fields.items() if value.type_annotation
    }
    body["__module__"] = __name__
    return strawberry.type(type(name, (), body), description=description)


NODE = "The object with a public id; null when there is none or it may not be seen."
NODES = (
    "The objects with these public ids, in their order; 100 at most. Null where there is none or it may not be seen."
)
_ID = strawberry.argument(description="A public id, such as acct_0198c0de….")


def _node_arguments(id: Annotated[strawberry.ID, _ID]) -> None:  # noqa: A002 - the argument's name in the schema
    """Only its signature is read."""


def _nodes_arguments(ids: Annotated[list[strawberry.ID], strawberry.argument(description="Public ids.")]) -> None:
    """Only its signature is read."""


def _root_field(annotation: str, mapping: Mapping, namespace: dict[str, Any], function: Any) -> StrawberryField:
    made = StrawberryField(
        type_annotation=StrawberryAnnotation(annotation, namespace=namespace),
        description=mapping.description,
        metadata={"mapping": mapping},
    )
    arguments = _arguments(function, namespace, skip=0)
    if annotation.startswith("Connection["):
        arguments += page_arguments()
    made.arguments = arguments
    return made


def page_arguments() -> list[StrawberryArgument]:
    """The four arguments that every connection has."""
    return [
        StrawberryArgument(name, None, StrawberryAnnotation(kind), description=description)
        for name, kind, description in (
            ("first", int | None, "How many from the start, 1 to 100. Give `first` or `last`."),
            ("after", str | None, "Start after this cursor."),
            ("last", int | None, "How many from the end, 1 to 100."),
            ("before", str | None, "End before this cursor."),
        )
    ]


def _fields(cls: type) -> list[StrawberryField]:
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
    return definition.fields


def _type_info(name: str, declared: Declared, graphql_type: GraphQLObjectType) -> TypeInfo:
    info = TypeInfo(name, declared)
    for field_name, graphql_field in graphql_type.fields.items():
        made: StrawberryField = graphql_field.extensions[DEFINITION]
        mapping = declared.mappings.get(made.python_name) or Value()
        parameters = {
            argument_name: argument.python_name
            for argument_name, argument in zip(graphql_field.args, made.arguments, strict=True)
        }
        info.fields[field_name] = FieldInfo(field_name, made.python_name, mapping, graphql_field, parameters)
    return info
