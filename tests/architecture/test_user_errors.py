"""The portal words what the API refuses: each code that a form can meet has words in its catalogue."""

from __future__ import annotations

import json

import pytest
from graphql import GraphQLEnumType

from backend.graphql.schema import schema
from tests.architecture.test_schema import ROOT

pytestmark = pytest.mark.unit
CATALOGUE = ROOT / "portal" / "src" / "app" / "messages.en.json"
OF_NO_FORM = {"ACCOUNT_REQUIRED", "PROVIDER_FAILED"}
"""Told at the sign-in alone, which words them itself."""
SAID_BY_THE_API = {"CONFLICT"}
"""What contradicts what is stored differs from place to place; the API's message says it."""


def test_each_code_that_a_form_can_meet_has_words() -> None:
    enum = schema().graphql.type_map["UserErrorCode"]
    assert isinstance(enum, GraphQLEnumType)
    codes = set(enum.values)
    worded = json.loads(CATALOGUE.read_text("utf-8"))["userErrors"]

    assert set(worded) == codes - OF_NO_FORM - SAID_BY_THE_API
