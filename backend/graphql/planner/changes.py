"""Planning mutations: every field permitted, its input read and its payload compiled, before the first of them runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from graphql import FieldNode, Undefined, coerce_input_literal, get_named_type
from graphql.execution.values import VariableValues
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.arguments import convert_argument

from backend.graphql.planner.assemble import Assembled, FieldInfo
from backend.graphql.planner.binds import Binds, Variables
from backend.graphql.planner.compilation import Compilation
from backend.graphql.planner.cost import Cost, cost_of
from backend.graphql.planner.document import Operation
from backend.graphql.planner.errors import Refusal, problem
from backend.graphql.planner.given import Answer, compile_answer
from backend.graphql.planner.late import Arguments, refuse_unusable
from backend.graphql.planner.mappings import Change
from backend.graphql.planner.selection import Selector
from backend.viewer import Viewer


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """One field of a mutation."""

    key: str
    field: FieldInfo
    node: FieldNode
    answer: Answer

    @property
    def mapping(self) -> Change:
        """What the field was declared as."""
        assert isinstance(self.field.mapping, Change)  # noqa: S101 - fields of Mutation are declared by @mutation
        return self.field.mapping

    def input(self, assembled: Assembled, variables: Variables) -> tuple[Any, bytes]:
        """The function's `input`, and its canonical form without the idempotency key. Raises Refusal."""
        argument = self.field.graphql.args["input"]
        [given] = self.node.arguments or ()
        value: Any = coerce_input_literal(given.value, argument.type, VariableValues({}, variables))
        if value is Undefined or value is None:
            raise self._refusal("input cannot be used: a value that must not be null is null or missing.")
        refuse_unusable(value)
        declared = self.field.graphql.extensions["strawberry-definition"].arguments[0]
        schema = assembled.strawberry
        try:
            made = convert_argument(value, declared.type, schema.schema_converter.scalar_registry, schema.config)
        except StrawberryInputCoercionError as error:
            raise self._refusal(f"input cannot be used. {error}") from None
        body = {name: each for name, each in value.items() if name != "idempotencyKey"}
        try:
            return made, orjson.dumps(body, default=str, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # more levels can be read than written
            raise self._refusal("input is nested too deeply; flatten it.") from None

    def _refusal(self, message: str) -> Refusal:
        place = self.node.loc.start_token if self.node.loc else None
        locations = [(place.line, place.column)] if place else []
        return Refusal([problem("BAD_USER_INPUT", message, path=[self.key], locations=locations)])


@dataclass(frozen=True, slots=True)
class Call:
    """One field of a mutation with its input, ready to run."""

    plan: ChangePlan
    input: Any
    body: bytes
    """The input in one canonical form, without the idempotency key."""
    variables: Variables
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class MutationPlan:
    """A mutation for one kind of viewer and one shape of variables."""

    fields: tuple[ChangePlan | str, ...]
    """In the order in which they run; a response key alone is a `__typename`."""
    cost: Cost

    def calls(self, assembled: Assembled, variables: Variables, viewer: Viewer) -> list[Call | str]:
        """The fields with their inputs. Raises Refusal where an input or an argument below cannot be used."""
        made: list[Call | str] = []
        for each in self.fields:
            if isinstance(each, str):
                made.append(each)
                continue
            each.answer.check(variables, viewer)
            given, body = each.input(assembled, variables)
            made.append(Call(each, given, body, variables, viewer))
        return made

    @property
    def weight(self) -> int:
        """Roughly how much memory it takes, in bytes."""
        return 2_000 + sum(4 * len(f.answer.sql) for f in self.fields if isinstance(f, ChangePlan))


def compile_changes(
    assembled: Assembled, operation: Operation, kind: str, permissions: frozenset[str], shapes: dict[str, Any]
) -> MutationPlan:
    """Compile a mutation. Raises Refusal with everything that the viewer may not do or read."""
    selector = Selector(assembled.graphql, operation.tree().fragments, shapes)
    root: Any = assembled.graphql.mutation_type
    fields: list[ChangePlan | str] = []
    errors: list[dict[str, Any]] = []
    for key, nodes in selector.root(operation.node().selection_set, root).items():
        name = nodes[0].name.value
        if name == "__typename":
            fields.append(key)
            continue
        field = assembled.types[root.name].fields[name]
        binds = Binds(kind, permissions)
        arguments = Arguments(binds, shapes, operation.variables.types, assembled.inputs)
        c = Compilation(assembled, binds, arguments, selector, {}, errors=errors)
        if c.may(field.mapping.permission, nodes[0], (key,)):
            answer = compile_answer(c, get_named_type(field.graphql.type).name, nodes, (key,))
            if answer is not None:
                fields.append(ChangePlan(key, field, nodes[0], answer))
    if errors:
        raise Refusal(errors)
    return MutationPlan(tuple(fields), cost_of(assembled.graphql, operation.node(), selector, shapes))
