"""Money in the schema."""

from __future__ import annotations

from typing import Any

from backend.graphql.planner import Long, row


@row()
class MoneyType:
    """An amount in one currency. Amounts of different currencies are never added."""

    amount_minor: Long
    """In the smallest unit of the currency: cents of USD, yen of JPY."""
    currency_code: str
    """ISO 4217, such as USD."""


def money(amount_minor: Any, currency: Any) -> dict[str, Any]:
    """The expressions of an embedded Money."""
    return {"amount_minor": amount_minor, "currency_code": currency}
