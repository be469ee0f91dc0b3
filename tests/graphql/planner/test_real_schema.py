"""The product's own declarations pass the checks of start-up."""

from __future__ import annotations

import pytest

from backend.db.access import EVERY_ROW, TABLES
from backend.graphql.planner import check
from backend.graphql.schema import schema

pytestmark = pytest.mark.unit


def may_hide(table: str, kind: str) -> bool:
    """Row security shows staff everything, and members what the table of policies says."""
    return kind == "member" and (table not in TABLES or TABLES[table].member != EVERY_ROW)


def test_every_declaration_of_the_product_can_be_planned() -> None:
    check(schema(), may_hide=may_hide)
