"""Validating with every rule in one visitor finds what graphql-core's own `validate` finds, in the same order."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, Lexer, Source, TokenKind, build_schema, parse, validate

from backend.graphql.planner import Assembled
from backend.graphql.planner.validation import RULES, errors_in
from tests.graphql.planner.generator import Generator

pytestmark = pytest.mark.unit
DOCUMENTS = 150


def tokens_of(document: str) -> list[str]:
    lexer = Lexer(Source(document))
    found = []
    while lexer.advance().kind is not TokenKind.EOF:
        found.append(document[lexer.token.start : lexer.token.end])
    return found


def spoilt(document: str, draw: random.Random) -> str:
    """The document with some of its tokens doubled, dropped, or put in place of others."""
    tokens = tokens_of(document)
    for _ in range(draw.randrange(1, 4)):
        place = draw.randrange(len(tokens))
        change = draw.randrange(3)
        tokens[place : place + 1] = [[tokens[place]] * 2, [], [draw.choice(tokens)]][change]
    return " ".join(tokens)


def seen(errors: list[GraphQLError]) -> list[tuple[str, object]]:
    return [(error.message, error.locations) for error in errors]


def test_every_error_is_found_as_by_graphql_core(assembled: Assembled) -> None:
    schema = build_schema(assembled.strawberry.as_str())
    messages: set[str] = set()
    for seed in range(DOCUMENTS):
        draw = random.Random(seed)  # noqa: S311
        known: dict[str, list[str]] = defaultdict(lambda: ["x"])
        document = Generator(schema, seed, ["acct_" + "0" * 32], known, badges=True).operation().document
        for text in (document, *(spoilt(document, draw) for _ in range(4))):
            try:
                parsed = parse(text)
            except GraphQLSyntaxError:
                continue
            errors = errors_in(assembled.graphql, parsed)

            expected = validate(assembled.graphql, parsed, RULES, max_errors=10, hide_suggestions=True)

            assert seen(errors) == seen(expected), text
            messages.update(error.message.split("'")[0] for error in errors)

    assert len(messages) > 12, messages
