"""The product's own declarations pass the checks of start-up."""

from __future__ import annotations

import re

import pytest
from graphql import get_named_type, is_enum_type
from sqlalchemy import CheckConstraint, inspect
from sqlalchemy.orm import InstrumentedAttribute

from backend.db.access import EVERY_ROW, TABLES
from backend.graphql.planner import check
from backend.graphql.planner.mappings import Value
from backend.graphql.schema import schema

pytestmark = pytest.mark.unit


def may_hide(table: str, kind: str) -> bool:
    """Row security shows staff everything, and members what the table of policies says."""
    return kind == "member" and (table not in TABLES or TABLES[table].member != EVERY_ROW)


def test_every_declaration_of_the_product_can_be_planned() -> None:
    check(schema(), may_hide=may_hide)


def test_a_column_that_is_shown_as_an_enum_can_hold_its_words_alone() -> None:
    """What the database sends goes out untouched, so the database is what keeps other words away."""
    wrong = []
    for name, info in schema().types.items():
        for field_name, field in info.fields.items():
            kind, source = get_named_type(field.graphql.type), getattr(field.mapping, "source", None)
            if info.declared.model is None or not is_enum_type(kind) or not isinstance(field.mapping, Value):
                continue
            if source is not None and not isinstance(source, InstrumentedAttribute):
                continue  # an expression
            column = inspect(info.declared.model).column_attrs[source.key if source else field.python_name].columns[0]
            texts = [str(c.sqltext) for c in column.table.constraints if isinstance(c, CheckConstraint)]
            words = {w for text in texts if text.startswith(f"{column.name} in ") for w in re.findall(r"'(\w+)'", text)}
            if words != {value.value for value in schema().enums[kind.name]}:  # type: ignore[attr-defined]
                wrong.append(f"{name}.{field_name}")

    assert wrong == []
