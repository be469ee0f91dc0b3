"""What a declared type or field means: the mapping from GraphQL to SQL, as data that the planner reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select

from backend.announcing import Topic

T = TypeVar("T")
P = ParamSpec("P")

Computed: TypeAlias = Select[*tuple[Any, ...]]
"""A Select of expressions: what a function over no model returns."""
Merged: TypeAlias = Sequence[Select[Any]]
"""Several Selects with orders of the same shape: one for each type where the field is of a union or an interface; one
after the other where it is of an object type, and then the rows of each must all stand before those of the next."""
Shape = Literal["one", "list", "connection"]


@dataclass(frozen=True, slots=True)
class Order:
    """One key of an ordering: a column of the listed model, or a function from its row to an expression."""

    key: Any
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """What every mapped field has."""

    permission: str | None = None
    """Without it the whole operation is refused: FORBIDDEN."""
    gate: str | None = None
    """Without it the field is null."""
    description: str | None = None
    deprecated: str | None = None


@dataclass(frozen=True, kw_only=True)
class Value(Mapping):
    """A scalar: a column of the row, or a SQL expression over it."""

    source: Any = None


@dataclass(frozen=True, kw_only=True)
class Identifier(Mapping):
    """The public id."""

    prefix: str


@dataclass(frozen=True, kw_only=True)
class Relation(Mapping):
    """Other rows: along a foreign key, or those of a Select that a function returns."""

    source: Any
    order_by: tuple[Order, ...] = ()
    towards: Literal["one", "many"]


@dataclass(frozen=True, kw_only=True)
class SameRow(Mapping):
    """The same row seen as another type."""

    when: Callable[[Any], ColumnElement[bool]] | None = None


@dataclass(frozen=True, kw_only=True)
class Embedded(Mapping):
    """An object made of expressions over this row."""

    source: Callable[..., dict[str, Any]]
    when: Callable[[Any], ColumnElement[bool]] | None = None


@dataclass(frozen=True, kw_only=True)
class Given(Mapping):
    """A field of a payload: the object, or the objects, whose keys a mutation gives, or a value that it gives."""


@dataclass(frozen=True, kw_only=True)
class Problems(Mapping):
    """`userErrors`: why a mutation changed nothing."""


@dataclass(frozen=True, kw_only=True)
class Change(Mapping):
    """A field of Mutation."""

    function: Callable[..., Any]
    """Takes `info` and `input`, and returns what `payload()` gave."""


@dataclass(frozen=True, kw_only=True)
class Watch(Mapping):
    """A field of Subscription."""

    topic: Topic
    source: Callable[..., None]
    """Only its signature is read: the field's arguments, of which `account_ids` chooses among accounts."""


@dataclass(frozen=True, kw_only=True)
class NodeLookup(Mapping):
    """`node` and `nodes`."""

    many: bool


@dataclass(slots=True)
class Declared:
    """A class that was declared with `@node` or `@row`."""

    cls: type
    model: Any
    prefix: str | None
    permission: str | None
    mappings: dict[str, Mapping]


@dataclass(frozen=True)
class QueryField(Generic[P]):
    """A field of Query: a function from its arguments to a Select."""

    function: Callable[P, Computed | Merged]
    target: Any
    shape: Shape
    nullable: bool
    mapping: Relation

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Computed | Merged:
        """The Select, for use from other declarations."""
        return self.function(*args, **kwargs)


@dataclass(frozen=True, kw_only=True)
class Kept(Mapping):
    """What a field of Query answers to arguments that the row keeps."""

    query: QueryField[...]
    arguments: dict[str, Any]
    """By Python parameter of the field, the column that keeps the argument as JSON."""


@dataclass(frozen=True)
class MutationField(Generic[P, T]):
    """A field of Mutation: an async function of `info` and one `input`."""

    function: Callable[P, Awaitable[T]]
    mapping: Change


@dataclass(frozen=True)
class SubscriptionField:
    """A field of Subscription: a function whose signature says its arguments."""

    target: type
    mapping: Watch


def planned(cls: type) -> Declared | None:
    """What a class was declared with, or None."""
    found = cls.__dict__.get("__planned__")
    return found if isinstance(found, Declared) else None
