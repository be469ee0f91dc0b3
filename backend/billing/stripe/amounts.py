"""Amounts of Stripe as minor units of ISO 4217, which differ for three currencies.

https://docs.stripe.com/currencies: amounts are in the smallest unit; ISK and UGX are written with two decimals that
they no longer have, and MGA without the ones that ISO gives it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from backend.money import minor_digits

DIGITS_OF_STRIPE = {"ISK": 2, "UGX": 2, "MGA": 0}
LARGEST = 2**53 - 1
CURRENCY = re.compile(r"[A-Z]{3}")
DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


def currency_of(value: Any) -> str | None:
    """The ISO code of a currency as Stripe writes it; None for what is none."""
    code = value.upper() if isinstance(value, str) else ""
    return code if CURRENCY.fullmatch(code) else None


def exact(value: Any, currency: str) -> Fraction | None:
    """An amount, or the text of a decimal one, in minor units of ISO 4217; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not DECIMAL.fullmatch(str(value)):
        return None
    shift = minor_digits(currency) - DIGITS_OF_STRIPE.get(currency, minor_digits(currency))
    amount = Fraction(str(value)) * Fraction(10) ** shift
    return amount if abs(amount) <= LARGEST else None


def whole(value: Any, currency: str) -> int | None:
    """`exact`, rounded half to even."""
    amount = exact(value, currency)
    return None if amount is None else round(amount)
