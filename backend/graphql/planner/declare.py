"""How a feature declares its types and fields: each declaration makes a mapping, and nothing here runs it."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

import strawberry
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from backend.announcing import Topic
from backend.graphql.planner.errors import DeclarationError
from backend.graphql.planner.mappings import (
    Change,
    Computed,
    Declared,
    Embedded,
    Given,
    Identifier,
    Kept,
    Mapping,
    Merged,
    MutationField,
    Order,
    Problems,
    QueryField,
    Relation,
    SameRow,
    Shape,
    SubscriptionField,
    Value,
    Watch,
)
from backend.graphql.planner.user_errors import UserError

T = TypeVar("T")
P = ParamSpec("P")
M = TypeVar("M")


def in_order(*keys: Any) -> tuple[Order, ...]:
    """Order by columns (or functions of the row), smallest first. The primary key is added to settle ties."""
    return tuple(Order(key) for key in keys)


def newest_first(*keys: Any) -> tuple[Order, ...]:
    """Order by columns (or functions of the row), largest first. The primary key is added to settle ties."""
    return tuple(Order(key, descending=True) for key in keys)


@strawberry.interface(description="Anything that has a public id.")
class Node:
    """Anything that has a public id."""

    id: strawberry.ID = strawberry.field(description="Opaque and stable; `node(id:)` finds the object by it.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = strawberry.field(description="Whether the list goes on after this page.")
    has_previous_page: bool = strawberry.field(description="Whether something stands before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; null on an empty page.")


if TYPE_CHECKING:

    class Connection(Generic[T]):
        """A list that can grow, in pages."""
else:

    @strawberry.type(description="One object of a list, with its place in it.")
    class Edge(Generic[T]):
        """One object of a list, with its place in it."""

        cursor: str = strawberry.field(description="Give it as `after` or `before` to read on from here.")
        node: T = strawberry.field(description="The object.")

    @strawberry.type(description="A list that can grow, in pages.")
    class Connection(Generic[T]):
        """A list that can grow, in pages."""

        edges: list[Edge[T]] = strawberry.field(description="The page's objects with their cursors.")
        nodes: list[T] = strawberry.field(description="The page's objects.")
        page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")
        total_count: int = strawberry.field(description="Objects in the whole list; counted up to 25,000.")
        total_count_is_capped: bool = strawberry.field(description="Whether the list has more than 25,000 objects.")


def node(
    model: type[Any], *, prefix: str, permission: str | None = None, name: str | None = None
) -> Callable[[type[T]], type[T]]:
    """Declare an object type over the rows of a model, with public ids `<prefix>_<32 hex digits>`."""
    if not prefix.isascii() or not prefix.islower() or "_" in prefix:
        raise DeclarationError(f"prefix={prefix!r}: write a few lower case letters.")
    return lambda cls: _declare(cls, model, prefix, permission, name)


def interface(cls: type[T]) -> type[T]:
    """Declare what several types have in common. They inherit from it, and have its fields by their own mapping."""
    docs = _attribute_docs(cls)
    for key in inspect.get_annotations(cls):
        setattr(cls, key, strawberry.field(description=docs.get(key)))
    made = strawberry.interface(
        cls, name=cls.__name__.removesuffix("Type"), description=inspect.cleandoc(cls.__doc__ or "") or None
    )
    made.__planned__ = Declared(made, None, None, None, {})  # type: ignore[attr-defined]
    return made


def row(
    model: type[Any] | None = None, *, permission: str | None = None, name: str | None = None
) -> Callable[[type[T]], type[T]]:
    """Declare an object type without a public id: over rows of a model or view, or (no model) over any Select."""
    return lambda cls: _declare(cls, model, None, permission, name)


@overload
def column(source: InstrumentedAttribute[T], *, permission: str | None = None, deprecated: str | None = None) -> T: ...
@overload
def column(*, permission: str | None = None, deprecated: str | None = None) -> Any: ...
def column(source: Any = None, *, permission: str | None = None, deprecated: str | None = None) -> Any:
    """A column of the row: the one named, else the one that is called like the field."""
    return Value(source=source, permission=permission, deprecated=deprecated)


@overload
def sql(
    model: type[M],
    expression: Callable[[type[M]], ColumnElement[T]],
    *,
    permission: str | None = None,
    gate: str | None = None,
    deprecated: str | None = None,
) -> T: ...
@overload
def sql(
    model: type[M],
    expression: Callable[Concatenate[type[M], ...], ColumnElement[T]],
    *,
    permission: str | None = None,
    gate: str | None = None,
    deprecated: str | None = None,
) -> T: ...
def sql(
    model: Any,
    expression: Callable[..., Any],
    *,
    permission: str | None = None,
    gate: str | None = None,
    deprecated: str | None = None,
) -> Any:
    """A SQL expression over the row. Parameters of the function after the first become the field's arguments."""
    return Value(source=expression, permission=permission, gate=gate, deprecated=deprecated)


def to_one(source: Any, *, permission: str | None = None, gate: str | None = None) -> Any:
    """The row that a foreign key column of this row names, or the first row of the Select that a function returns.

    The function gets this row and then the field's arguments: `f(account: type[Account], as_of: date)`.
    """
    return Relation(source=source, towards="one", permission=permission, gate=gate)


def to_many(
    source: Any, *, order_by: Sequence[Order] = (), permission: str | None = None, gate: str | None = None
) -> Any:
    """The rows whose foreign key column names this row, or those of the Select that a function returns.

    The annotation decides between a plain list and a `Connection`. The order of a function's Select comes first.
    """
    return Relation(source=source, order_by=tuple(order_by), towards="many", permission=permission, gate=gate)


def same_row(
    *,
    gate: str | None = None,
    permission: str | None = None,
    when: Callable[[Any], ColumnElement[bool]] | None = None,
) -> Any:
    """This row as another type. Null without the permission named by `gate`, and where `when` is not true."""
    return SameRow(gate=gate, permission=permission, when=when)


def embedded(
    source: Callable[..., dict[str, Any]],
    *,
    when: Callable[[Any], ColumnElement[bool]] | None = None,
    gate: str | None = None,
    permission: str | None = None,
) -> Any:
    """An object made of expressions over this row, by Python field name. Null where `when` is not true."""
    return Embedded(source=source, when=when, gate=gate, permission=permission)


def kept(query: QueryField[...], *, permission: str | None = None, **arguments: InstrumentedAttribute[Any]) -> Any:
    """What a field of Query answers to arguments that columns of this row keep as JSON, as a client would send them.

    Its other arguments are the field's own. It is read in a statement of its own, by queries alone; null where what is
    kept cannot be used any more.
    """
    return Kept(query=query, arguments=arguments, permission=permission)


def one(
    target: Any, *, required: bool = False, permission: str | None = None, gate: str | None = None
) -> Callable[[Callable[P, Computed | Merged]], QueryField[P]]:
    """A field of Query that gives the first row of the Select; null without rows unless `required`."""
    made: Any = _query_field(target, "one", nullable=not required or gate is not None, permission=permission, gate=gate)
    return made  # type: ignore[no-any-return]


def many(
    target: Any, *, order_by: Sequence[Order] = (), permission: str | None = None
) -> Callable[[Callable[P, Computed | Merged]], QueryField[P]]:
    """A field of Query that gives every row of the Select as a list. Only for lists that cannot grow."""
    made: Any = _query_field(target, "list", order_by=order_by, permission=permission)
    return made  # type: ignore[no-any-return]


def connection(
    target: Any, *, order_by: Sequence[Order] = (), permission: str | None = None
) -> Callable[[Callable[P, Computed | Merged]], QueryField[P]]:
    """A field of Query that gives the rows of the Select in pages. The Select's own order comes first."""
    made: Any = _query_field(target, "connection", order_by=order_by, permission=permission)
    return made  # type: ignore[no-any-return]


def mutation(*, permission: str | None = None) -> Callable[[Callable[P, Awaitable[T]]], MutationField[P, T]]:
    """A field of Mutation: a module-level `async def verb_noun(info: Info, input: VerbNounInput) -> VerbNounPayload`.

    Without the permission the operation is refused before any of its fields runs. None: anybody may call it.
    """

    def declare(function: Callable[P, Awaitable[T]]) -> MutationField[P, T]:
        description = inspect.cleandoc(function.__doc__ or "") or None
        return MutationField(function, Change(function=function, permission=permission, description=description))

    return declare


def subscription(
    target: type, topic: Topic, *, permission: str | None = None
) -> Callable[[Callable[..., None]], SubscriptionField]:
    """A field of Subscription that gives an object whenever one is announced under a topic and may be seen."""

    def declare(function: Callable[..., None]) -> SubscriptionField:
        description = inspect.cleandoc(function.__doc__ or "") or None
        mapping = Watch(topic=topic, source=function, permission=permission, description=description)
        return SubscriptionField(target, mapping)

    return declare


def event(cls: type[T]) -> type[T]:
    """Declare what a subscription tells that is no object with a public id."""
    return _declare(cls, None, None, None, None, otherwise=Given())


def mutation_payload(cls: type[T]) -> type[T]:
    """Declare what a mutation answers: nullable objects with a public id, lists of them, and nullable scalars.

    `userErrors` is added. Where there are any, the transaction was rolled back and everything else is null or empty.
    """
    cls.__annotations__["user_errors"] = list[UserError]
    cls.user_errors = Problems()  # type: ignore[attr-defined]
    docs = {"user_errors": "Why nothing was changed; empty where it was."}
    return _declare(cls, None, None, None, None, otherwise=Given(), more_docs=docs)


def _query_field(
    target: Any,
    shape: Shape,
    *,
    order_by: Sequence[Order] = (),
    nullable: bool = False,
    permission: str | None = None,
    gate: str | None = None,
) -> Any:
    def declare(function: Callable[..., Computed | Merged]) -> QueryField[...]:
        mapping = Relation(
            source=function,
            order_by=tuple(order_by),
            towards="one" if shape == "one" else "many",
            permission=permission,
            gate=gate,
            description=inspect.cleandoc(function.__doc__ or "") or None,
        )
        return QueryField(function, target, shape, nullable, mapping)

    return declare


def _declare(
    cls: type[T],
    model: Any,
    prefix: str | None,
    permission: str | None,
    name: str | None,
    *,
    otherwise: Mapping | None = None,
    more_docs: dict[str, str] | None = None,
) -> type[T]:
    docs = _attribute_docs(cls) | (more_docs or {})
    mappings: dict[str, Mapping] = {}
    for key in inspect.get_annotations(cls):
        given = cls.__dict__.get(key)
        mapping = given if isinstance(given, Mapping) else otherwise or Value()
        mappings[key] = replace(mapping, description=docs.get(key))
        setattr(cls, key, strawberry.field(description=docs.get(key), deprecation_reason=mapping.deprecated))
    if prefix is not None:
        mappings["id"] = Identifier(prefix=prefix)
    made = strawberry.type(
        cls, name=name or cls.__name__.removesuffix("Type"), description=inspect.cleandoc(cls.__doc__ or "") or None
    )
    made.__planned__ = Declared(made, model, prefix, permission, mappings)  # type: ignore[attr-defined]
    return made


def _attribute_docs(cls: type) -> dict[str, str]:
    """The strings that stand below annotated attributes of a class."""
    return {
        before.target.id: inspect.cleandoc(after.value.value)
        for before, after in pairwise(_bodies(cls.__module__).get(cls.__qualname__, ()))
        if isinstance(before, ast.AnnAssign)
        and isinstance(before.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }


@cache
def _bodies(module: str) -> dict[str, list[ast.stmt]]:
    """The statements of a module's classes by their qualified names: `inspect` parses it anew for each class."""
    found: dict[str, list[ast.stmt]] = {}

    def walk(node: ast.AST, path: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                found.setdefault(path + child.name, child.body)
                walk(child, f"{path}{child.name}.")
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                walk(child, f"{path}{child.name}.<locals>.")
            elif isinstance(child, ast.stmt):
                walk(child, path)

    walk(ast.parse(inspect.getsource(sys.modules[module])), "")
    return found
