"""Amounts of money are integers in minor units of an ISO 4217 currency."""

from __future__ import annotations

_NO_DIGITS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # noqa: SIM905
_THREE_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905
_FOUR_DIGITS = frozenset({"CLF", "UYW"})


def minor_digits(currency: str) -> int:
    """Decimal places of a currency's minor unit (ISO 4217): 2 for USD, 0 for JPY, 3 for KWD; 2 where unknown."""
    if currency in _NO_DIGITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 4 if currency in _FOUR_DIGITS else 2


def minor_digits_sql(currency: str) -> str:
    """SQL for `minor_digits` of the SQL expression `currency`."""
    cases = ((0, _NO_DIGITS), (3, _THREE_DIGITS), (4, _FOUR_DIGITS))
    listed = " ".join(
        f"when {currency} in ({', '.join(repr(code) for code in sorted(codes))}) then {digits}"
        for digits, codes in cases
    )
    return f"(case {listed} else 2 end)"
