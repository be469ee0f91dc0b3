"""Planning subscriptions: what one field tells is compiled once, and read anew whenever something is announced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql import FieldNode, Undefined, coerce_input_literal, get_named_type
from graphql.execution.values import VariableValues

from backend.announcing import Topic
from backend.db.access import personal_tables
from backend.graphql.planner.assemble import Assembled, FieldInfo
from backend.graphql.planner.binds import Binds, Variables
from backend.graphql.planner.compilation import Compilation
from backend.graphql.planner.cost import Cost, cost_of
from backend.graphql.planner.document import Operation
from backend.graphql.planner.errors import Refusal, problem
from backend.graphql.planner.given import SELF, Answer, compile_answer
from backend.graphql.planner.late import Arguments, decode_id
from backend.graphql.planner.mappings import Watch
from backend.graphql.planner.selection import Selector
from backend.graphql.planner.statement import setting_viewer
from backend.viewer import Viewer

ACCOUNT = "acct"
MOST_ACCOUNTS = 100
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, eq=False)
class WatchPlan:
    """A subscription for one kind of viewer and one shape of variables. Two are equal only if they are the same."""

    key: str
    topic: Topic
    field: FieldInfo
    node: FieldNode
    answer: Answer
    sql_with_viewer: str
    """The answer's statement, setting the viewer itself."""
    is_personal: bool
    """Whether what is told depends on the person who asks: an expression does, or which rows of a table they see."""
    cost: Cost

    def accounts(self, variables: Variables, viewer: Viewer) -> frozenset[UUID] | None:
        """The accounts that are followed; None for all that may be seen. Raises Refusal."""
        self.answer.check(variables, viewer)
        for argument in self.node.arguments or ():
            kind = self.field.graphql.args[argument.name.value].type
            ids: Any = coerce_input_literal(argument.value, kind, VariableValues({}, variables))
            if ids is Undefined or ids is None:
                continue
            if len(ids) > MOST_ACCOUNTS:
                message = f"{self.key}: {MOST_ACCOUNTS} accounts at most; without accountIds all are followed."
                raise Refusal([problem("BAD_USER_INPUT", message, path=[self.key])])
            return frozenset(key for text in ids if (key := decode_id(text, ACCOUNT)) is not None)
        return None

    def given(self, key: UUID | None, more: Mapping[str, Any]) -> dict[str, Any]:
        """What the answer's statement is given for one announcement."""
        return dict(more) if key is None else {SELF: key}

    @property
    def weight(self) -> int:
        """Roughly how much memory it takes, in bytes."""
        return 2_000 + 8 * len(self.answer.sql)


def compile_watch(
    assembled: Assembled, operation: Operation, kind: str, permissions: frozenset[str], shapes: dict[str, Any]
) -> WatchPlan:
    """Compile a subscription. Raises Refusal with everything that the viewer may not read."""
    selector = Selector(assembled.graphql, operation.tree().fragments, shapes)
    root: Any = assembled.graphql.subscription_type
    selected = selector.root(operation.node().selection_set, root)
    if len(selected) != 1 or next(iter(selected.values()))[0].name.value.startswith("__"):
        raise Refusal([problem("BAD_USER_INPUT", "A subscription has exactly one field.")])
    [(key, nodes)] = selected.items()
    field = assembled.types[root.name].fields[nodes[0].name.value]
    assert isinstance(field.mapping, Watch)  # noqa: S101 - fields of Subscription are declared by @subscription
    binds = Binds(kind, permissions)
    c = Compilation(
        assembled, binds, Arguments(binds, shapes, operation.variables.types, assembled.inputs), selector, {}
    )
    target = get_named_type(field.graphql.type).name
    answer = None
    if c.may(field.mapping.permission, nodes[0], (key,)) and c.may(
        c.type_info(target).declared.permission, nodes[0], (key,)
    ):
        answer = compile_answer(c, target, nodes, (key,))
    if answer is None:
        raise Refusal(c.errors)
    cost = cost_of(assembled.graphql, operation.node(), selector, shapes)
    is_personal = binds.is_personal or not personal_tables(kind).isdisjoint(WORD.findall(answer.sql))
    with_viewer = setting_viewer(answer.sql, len(answer.binders))
    return WatchPlan(key, field.mapping.topic, field, nodes[0], answer, with_viewer, is_personal, cost)
