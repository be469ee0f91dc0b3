"""Enums of the schema: the state words of the tables, with a description for each value."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import strawberry


def describe(cls: type[StrEnum], description: str, **values: str) -> None:
    """Make a StrEnum an enum of the schema. Raises ValueError unless every value has a description."""
    if set(values) != set(cls.__members__):
        raise ValueError(f"{cls.__name__}: describe exactly {', '.join(cls.__members__)}.")
    if "__strawberry_definition__" not in vars(cls):  # a module that was read earlier may have met it already
        strawberry.enum(cls)
    definition: Any = cls.__strawberry_definition__  # type: ignore[attr-defined]
    definition.description = description
    for value in definition.values:
        value.description = values[value.name]


class OrderDirection(StrEnum):
    """Which end of a list comes first."""

    ASC = "ASC"
    DESC = "DESC"


describe(OrderDirection, "Which end comes first.", ASC="The smallest.", DESC="The largest.")
