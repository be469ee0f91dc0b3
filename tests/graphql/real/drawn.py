"""Random operations over the product's own schema, such as a viewer may send."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, get_named_type, is_abstract_type

from backend.graphql.planner import Assembled
from tests.graphql.planner.generator import Generator
from tests.graphql.real.crowd import WORDS
from tests.graphql.real.orderings import ordering_of

TEXTS = {
    "metric": ["logins", "credits", "margin", "nope"],
    "key": ["logins", "credits", "seen", "size", "nope"],
    "kind": ["health.score", "probe"],
    "code": ["TOO_LARGE", "nope"],
    "action": ["a.b", "probe.made"],
    "currency": ["EUR", "nope"],
    "ruleKey": ["falling", "a", "nope"],
    "tier": ["business", "nope"],
    "in": ["business", "starter", "one", "tag-Acme", *WORDS],
    "notIn": ["business", "two", *WORDS],
}
"""Words that mean something, by argument."""


class Drawn(Generator):
    """Draws operations of the fields that a viewer may ask for."""

    reachable: frozenset[str]
    today: date

    def _narrowed(self, parent: Any) -> Any:
        if not is_abstract_type(parent):
            return parent.interfaces[0] if parent.interfaces and self.chance(0.2) else parent
        kinds = [kind for kind in self.schema.get_possible_types(parent) if kind.name in self.reachable]
        return self.draw.choice([*kinds, parent])

    def _ordering(self, parent: str, name: str, values: dict[str, Any]) -> str:
        if name == "movers":
            values = {"direction": "FALLING", **values}
        return ordering_of(parent, name, values)

    def _page(self, ordering: str) -> list[str]:
        if ordering not in self.cursors:  # nothing is in such a list that the viewer may see
            return [f"first: {self._leaf('Int', self.draw.choice([1, 20]))}"]
        return super()._page(ordering)

    def _scalar(self, kind: str, name: str) -> Any:
        if kind == "Date":  # in an order that a range can have
            return str(self.today - timedelta(days=self.draw.randrange(15) + 15 * (name == "from")))
        if kind == "ID":
            return self.draw.choice(self.ids)
        if kind == "String":
            return self.draw.choice(TEXTS.get(name, [*WORDS, "", "%", "ACME", "admin@"]))
        if kind == "JSON":
            return self.draw.choice(["business", "a", 5, True])
        if name in ("withinDays", "days", "withinNextDays", "withinLastDays"):
            return self.draw.choice([1, 7, 30, 400])
        return super()._scalar(kind, name)

    def _object(self, graphql_type: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        for _ in range(20):  # conditions that say nothing are refused
            made = super()._object(graphql_type, depth)
            if any(value is not None for value in made.values()):
                break
        return made


def own_schema(whole: GraphQLSchema, assembled: Assembled, permissions: frozenset[str]) -> frozenset[str]:
    """Take out of a schema the fields that need other permissions. Returns the names of the types that are left."""
    for name, info in assembled.types.items():
        kind = whole.type_map.get(name)
        for field in list(info.fields) if isinstance(kind, GraphQLObjectType) else ():
            target = assembled.types.get(get_named_type(info.fields[field].graphql.type).name)
            wrapped = get_named_type(info.fields[field].graphql.type)
            if "edges" in getattr(wrapped, "fields", {}):
                item = get_named_type(get_named_type(wrapped.fields["edges"].type).fields["node"].type).name
                target = assembled.types.get(item)
            needed = {info.fields[field].mapping.permission, target.declared.permission if target else None} - {None}
            if not needed <= permissions:
                del kind.fields[field]  # type: ignore[union-attr]
    changes: Any = whole.mutation_type
    for field in [field for field in changes.fields if field != "show"]:
        del changes.fields[field]
    found: set[str] = set()
    ahead: list[Any] = [whole.query_type]
    while ahead:
        kind = ahead.pop()
        if not hasattr(kind, "fields") or kind.name in found:
            continue
        if is_abstract_type(kind):
            ahead += whole.get_possible_types(kind)
            continue
        permission = assembled.types[kind.name].declared.permission if kind.name in assembled.types else None
        if permission is None or permission in permissions:
            found.add(kind.name)
            ahead += [get_named_type(field.type) for field in kind.fields.values()]
    return frozenset(found)
