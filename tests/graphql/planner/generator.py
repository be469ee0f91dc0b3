"""Random operations over the tests' schema, each valid, or with one planted fault."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from tests.graphql.planner.data import WORDS
from tests.graphql.planner.orderings import ordering_of

RESERVED = ["select", "user", "order", "from", "table", "_x", "camelCase", "j", "t1", "n", "i"]
LONG = "a_very_long_alias_that_two_fields_share_up_to_the_sixty_third_byte_and_then_differ_"


@dataclass
class Made:
    """A generated operation."""

    document: str
    variables: dict[str, Any]
    fault: str | None
    """The code that the planner must answer with, or None."""


@dataclass
class Scope:
    """The response keys of one object: those of fragments are among them."""

    used: dict[str, str] = field(default_factory=dict)
    """What each key stands for."""
    below: dict[str, Scope] = field(default_factory=dict)


class Literal(str):
    """An enum value in a document."""


class Generator:
    """Draws operations from a seed."""

    def __init__(
        self, schema: GraphQLSchema, seed: int, ids: list[str], cursors: dict[str, list[str]], *, badges: bool
    ) -> None:
        self.schema = schema
        self.draw = random.Random(seed)  # noqa: S311
        self.ids = ids
        self.cursors = cursors
        self.badges = badges
        self.variables: dict[str, Any] = {}
        self.definitions: list[str] = []
        self.fragments: list[str] = []
        self.aliases = 0
        self.budget = self.draw.choice([8, 12, 20, 60])
        """Fields, roughly: most operations are small, so that many can be tried."""
        self.faulty = self.draw.random() < 0.06
        self.fault: str | None = None
        self.directives = not self.faulty
        self.perhaps = 0
        """How many enclosing selections may not apply: a fault in them would not be met."""

    def operation(self, kind: str = "query") -> Made:
        """A query, or a mutation: its payload is answered by the general path."""
        root: Any = self.schema.query_type if kind == "query" else self.schema.mutation_type
        body = self._selection(root, Scope(), 0)
        head = (
            f"{kind} Q({', '.join(self.definitions)}) "
            if self.definitions
            else self.draw.choice([*([""] if kind == "query" else ()), f"{kind} ", f"{kind} Q "])
        )
        document = head + body + "".join(self.fragments)
        return Made(document, self.variables, self.fault)

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    def _selection(self, parent: Any, scope: Scope, depth: int) -> str:
        parts = []
        for _ in range(self.draw.choice([1, 2, 2, 3, 4])):
            roll = self.draw.random() * (0.14 if isinstance(parent, GraphQLUnionType) else 1)
            if roll < 0.08:
                parts.append(self._inline(parent, scope, depth))
            elif roll < 0.14 and len(self.fragments) < 4:
                parts.append(self._spread(parent, scope, depth))
            else:
                parts.append(self._field(parent, scope, depth))
        return "{ " + " ".join(parts) + " }"

    def _inline(self, parent: Any, scope: Scope, depth: int) -> str:
        target = self._narrowed(parent)
        condition = f" on {target.name}" if target is not parent or self.chance(0.5) else ""
        self.perhaps += 1
        made = f"...{condition}{self._directive()} {self._selection(target, scope, depth)}"
        self.perhaps -= 1
        return made

    def _spread(self, parent: Any, scope: Scope, depth: int) -> str:
        target = self._narrowed(parent)
        name = f"F{len(self.fragments)}"
        self.fragments.append("")
        position = len(self.fragments) - 1
        self.perhaps += 1
        self.fragments[position] = f" fragment {name} on {target.name} {self._selection(target, scope, depth)}"
        self.perhaps -= 1
        first = f"...{name}{self._directive()}"
        return first if self.chance(0.8) else f"{first} ...{name}"

    def _narrowed(self, parent: Any) -> Any:
        if isinstance(parent, GraphQLUnionType):
            return self.draw.choice(parent.types)
        if isinstance(parent, GraphQLInterfaceType):
            kinds = [t for t in self.schema.get_possible_types(parent) if self.badges or t.name != "BadgeAward"]
            return self.draw.choice([parent, *kinds])
        if isinstance(parent, GraphQLObjectType) and parent.interfaces and self.chance(0.3):
            return self.draw.choice(parent.interfaces)
        return parent

    def _directive(self) -> str:
        if not self.directives or not self.chance(0.12):
            return ""
        word = self.draw.choice(["skip", "include"])
        value = self.draw.choice(["true", "false"])
        if self.chance(0.6):
            value = self._variable("Boolean!", self.chance(0.5), None)
        return f" @{word}(if: {value})"

    def _field(self, parent: Any, scope: Scope, depth: int) -> str:
        self.budget -= 1
        if parent is self.schema.query_type and self.chance(0.02):
            found = self.draw.choice(["Account", "Tier", "Happening", "AccountFilter", "None"])
            name = self._variable("String!", found, None) if self.chance(0.5) else _printed(found)
            shown = "{ kind name fields { name } enumValues { name } }"
            return self._keyed(scope, "__type", f"__type(name: {name}){self._directive()} {shown}", "")
        fields = {} if isinstance(parent, GraphQLUnionType) else parent.fields
        names = [name for name, f in fields.items() if self._wanted(name, f, depth)]
        name = self.draw.choice(["__typename", *names]) if self.chance(0.1) or not names else self.draw.choice(names)
        if name == "__typename":
            return self._keyed(scope, name, "__typename", self._directive())
        graphql_field = parent.fields[name]
        arguments = self._arguments(parent, name, graphql_field)
        kind = get_named_type(graphql_field.type)
        if not is_composite_type(kind):
            return self._keyed(scope, name, name + arguments, self._directive())
        key = self._key(scope, name, name + arguments)
        below = scope.below.setdefault(key, Scope())
        self.perhaps += is_abstract_type(kind)
        prefix = "" if key == name else f"{key}: "
        made = f"{prefix}{name}{arguments}{self._directive()} {self._selection(kind, below, depth + 1)}"
        if self.chance(0.06):  # the same field once more: the two are merged
            made += f" {prefix}{name}{arguments} {self._selection(kind, below, depth + 1)}"
        self.perhaps -= is_abstract_type(kind)
        return made

    def _wanted(self, name: str, graphql_field: Any, depth: int) -> bool:
        kind = get_named_type(graphql_field.type)
        if not self.badges and (kind.name.startswith("BadgeAward")):
            return False
        if is_composite_type(kind):
            return depth < 6 and self.budget > 0
        return True

    def _keyed(self, scope: Scope, name: str, what: str, directive: str) -> str:
        key = self._key(scope, name, what)
        return (what if key == name else f"{key}: {what}") + directive

    def _key(self, scope: Scope, name: str, what: str) -> str:
        """A response key that stands for nothing else in this object."""
        choices = [name]
        if self.aliases < 12 and self.chance(0.2):
            choices = [self.draw.choice(RESERVED), LONG + "1", LONG + "2"]
        for key in [*choices, f"k{self.aliases}_{len(scope.used)}"]:
            if scope.used.setdefault(key, what) == what:
                self.aliases += key != name
                return key
        raise AssertionError(scope.used)

    def _variable(self, kind: str, value: Any, default: str | None) -> str:
        name = f"v{len(self.definitions)}"
        self.definitions.append(f"${name}: {kind}" + (f" = {default}" if default is not None else ""))
        self.variables[name] = value
        return f"${name}"

    def _arguments(self, parent: Any, name: str, graphql_field: Any) -> str:
        parts = []
        values: dict[str, Any] = {}
        page = "first" in graphql_field.args
        for argument_name, argument in graphql_field.args.items():
            if page and argument_name in ("first", "after", "last", "before"):
                continue
            if not is_required_argument(argument) and self.chance(0.45):
                continue
            text, values[argument_name] = self._value(argument.type, argument_name)
            parts.append(f"{argument_name}: {text}")
        if page:
            parts += self._page(self._ordering(parent.name, name, values))
        self.draw.shuffle(parts)
        return f"({', '.join(parts)})" if parts else ""

    def _ordering(self, parent: str, name: str, values: dict[str, Any]) -> str:
        return ordering_of(parent, name, values)

    def _page(self, ordering: str) -> list[str]:
        word = "first" if self.chance(0.75) else "last"
        size = self.draw.choice([1, 2, 3, 5, 100])
        if self._plant():
            size = self.draw.choice([0, 101, -1, 2**31 - 1])
        made = [f"{word}: {self._leaf('Int', size)}"]
        for cursor in ("after", "before"):
            if not self.chance(0.3):
                continue
            if self._plant():
                text = self.draw.choice(["", "x", "WyIxIl0", self.draw.choice(self.cursors["other"])])
            elif self.chance(0.15):
                made.append(f"{cursor}: null")
                continue
            else:
                text = self.draw.choice(self.cursors[ordering])
            made.append(f"{cursor}: {self._leaf('String', text)}")
        return made

    def _plant(self) -> bool:
        if self.faulty and self.fault is None and self.perhaps == 0 and self.chance(0.5):
            self.fault = "BAD_USER_INPUT"
            return True
        return False

    def _leaf(self, kind: str, value: Any) -> str:
        if self.chance(0.5):
            return self._variable(self.draw.choice([kind, f"{kind}!"]), value, None)
        return _printed(value)

    def _value(self, graphql_type: Any, name: str) -> tuple[str, Any]:
        """A value for an argument, as it is written in the document and what it is."""
        if not is_non_null_type(graphql_type) and self.chance(0.1):
            return "null" if self.chance(0.5) else self._variable(str(graphql_type), None, None), None
        value = self._json(graphql_type, name, 0)
        if self.chance(0.5):
            return self._variable_with_default(str(graphql_type), value), _plain(value)
        if isinstance(value, dict) and self.chance(0.5):
            return self._object_with_variables(get_named_type(graphql_type), value), _plain(value)
        return _printed(value), _plain(value)

    def _variable_with_default(self, kind: str, value: Any) -> str:
        """A variable that may have a default, and then may be left out."""
        default = _printed(value) if self.chance(0.2) else None
        text = self._variable(kind, _plain(value), default)
        if default is not None and self.chance(0.5):
            del self.variables[text[1:]]
        return text

    def _object_with_variables(self, graphql_type: Any, value: dict[str, Any]) -> str:
        parts = []
        for key, inner in value.items():
            kind = graphql_type.fields[key].type
            if self.chance(0.4):
                parts.append(f"{key}: {self._variable(str(kind), _plain(inner), None)}")
            elif isinstance(inner, list) and inner and not isinstance(inner[0], dict) and self.chance(0.5):
                item = str(kind.of_type.of_type if is_non_null_type(kind) else kind.of_type)
                parts.append(f"{key}: [{', '.join(self._variable(item, _plain(i), None) for i in inner)}]")
            else:
                parts.append(f"{key}: {_printed(inner)}")
        return "{" + ", ".join(parts) + "}"

    def _json(self, graphql_type: Any, name: str, depth: int) -> Any:
        if is_non_null_type(graphql_type):
            return self._json(graphql_type.of_type, name, depth)
        if is_list_type(graphql_type):
            if self.chance(0.1):
                return self._json(graphql_type.of_type, name, depth)  # one value stands for a list of one
            return [self._json(graphql_type.of_type, name, depth) for _ in range(self.draw.randrange(4))]
        if isinstance(graphql_type, GraphQLEnumType):
            return Literal(self.draw.choice(list(graphql_type.values)))
        if isinstance(graphql_type, GraphQLInputObjectType):
            return self._object(graphql_type, depth)
        if name in ("id", "ids"):
            garbage = ["", "acct_", "acct_0g", "nope_" + "0" * 32, self.draw.choice(self.ids).upper()]
            return self.draw.choice(self.ids) if self.chance(0.85) else self.draw.choice(garbage)
        return self._scalar(graphql_type.name, name)

    def _scalar(self, kind: str, name: str) -> Any:
        if kind == "String":
            if name == "metric":
                return self.draw.choice(["chats", "chats", "logins", "nope", "x'--"])
            return self.draw.choice([*WORDS, "a", "", "\\", "%", '"', "x' or 1=1 --", "😀", *[f"{w} 1" for w in WORDS]])
        made: dict[str, Callable[[], Any]] = {
            "Date": lambda: f"2026-01-{self.draw.randrange(1, 25):02}",
            "DateTime": lambda: self.draw.choice(["2026-01-01T20:00:00Z", "2026-01-02T05:00:00.000001+02:00"]),
            "Decimal": lambda: self.draw.choice([0, 1, -3, 12.5, 0.1, 1e10, 80]),
            "Long": lambda: self.draw.choice([0, 100, 2**40, 2**53 - 1, -5]),
            "Int": lambda: self.draw.randrange(100),
            "Boolean": lambda: self.chance(0.5),
        }
        return made[kind]()

    def _object(self, graphql_type: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, input_field in graphql_type.fields.items():
            required = is_required_input_field(input_field)
            nested = isinstance(get_named_type(input_field.type), GraphQLInputObjectType)
            if nested and depth >= 3:
                continue
            if required or self.chance(0.18 if graphql_type.name == "AccountFilter" else 0.5):
                if not required and not is_non_null_type(input_field.type) and self.chance(0.1):
                    made[name] = None
                else:
                    made[name] = self._json(input_field.type, name, depth + 1)
        return made


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Literal) else value


def _printed(value: Any) -> str:
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_printed(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_printed(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=True)
