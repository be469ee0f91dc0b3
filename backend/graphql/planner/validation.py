"""The specification's validation rules as one visitor.

graphql-core visits every node with every rule, though most rules look at a few kinds of nodes only. Here a kind of node
knows the rules that look at it, which takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    GraphQLError,
    GraphQLSchema,
    Node,
    OverlappingFieldsCanBeMergedRule,
    specified_rules,
    validate,
)
from graphql.language.visitor import EnterLeaveVisitor
from graphql.validation import ValidationContext

RULES = tuple(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule)
"""All but one: whether overlapping fields can be merged is found by `overlaps`, in less time."""
MOST_ERRORS = 10
Visit = Callable[..., Any]


def errors_in(schema: GraphQLSchema, document: Any) -> list[GraphQLError]:
    """What is wrong with a document, up to ten errors."""
    try:
        return validate(schema, document, (EveryRule,), max_errors=MOST_ERRORS, hide_suggestions=True)
    except RecursionError:
        return [GraphQLError("The document is nested too deeply.")]


@cache
def _handlers(kind: str) -> tuple[tuple[int, str | None, str | None], ...]:
    """The rules that look at a kind of node, each with the names of its methods for entering and leaving one."""
    found = []
    for place, rule in enumerate(RULES):
        enter, leave = (
            next((name for name in (f"{word}_{kind}", word) if hasattr(rule, name)), None)
            for word in ("enter", "leave")
        )
        if enter or leave:
            found.append((place, enter, leave))
    return tuple(found)


class EveryRule(ASTValidationRule):
    """Runs all rules side by side; each may skip what is below a node, or stop."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._rules = [rule(context) for rule in RULES]
        self._skipped: list[Any] = [None] * len(RULES)
        """By rule: the node below which it looks at nothing, or BREAK."""

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        """What to call around nodes of a kind."""
        found = self.enter_leave_map.get(kind)
        if found is None:
            found = self.enter_leave_map[kind] = self._made(kind)
        return found

    def _made(self, kind: str) -> EnterLeaveVisitor:
        entering: list[tuple[int, Visit]] = []
        leaving: list[tuple[int, Visit | None]] = []
        for place, enter, leave in _handlers(kind):
            rule = self._rules[place]
            if enter:
                entering.append((place, getattr(rule, enter)))
            leaving.append((place, getattr(rule, leave) if leave else None))
        skipped = self._skipped

        def enter_all(node: Node, *rest: Any) -> None:
            for place, visit in entering:
                if skipped[place] is None:
                    result = visit(node, *rest)
                    if result is SKIP or result is False:
                        skipped[place] = node
                    elif result is BREAK or result is True:
                        skipped[place] = BREAK

        def leave_all(node: Node, *rest: Any) -> None:
            for place, visit in leaving:
                if skipped[place] is None:
                    if visit is not None:
                        result = visit(node, *rest)
                        if result is BREAK or result is True:
                            skipped[place] = BREAK
                elif skipped[place] is node:
                    skipped[place] = None

        return EnterLeaveVisitor(enter_all if entering else None, leave_all if leaving else None)
