"""From features to leaves: status, numerator, denominator and normalised value of every leaf, in SQL.

Layer over layer, each fenced by `offset 0` so that PostgreSQL computes an expression once instead of copying it into
every place that reads it.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.health.definition import Model
from backend.health.features import Plan
from backend.health.one_day import lit

STAGE = "scoring_leaves"
"""The temporary table that carries the leaves from one statement to the next."""


def select(made: Plan, features: str) -> str:
    """SELECT of the leaves over a SELECT of the features: account_id, day, profile, code1 …, n1, d1, v1, n2 …

    The codes are the statuses as numbers (`codes`); n, d and v are the numerator, the denominator and the normalised
    value of a leaf.
    """
    model, numbers = made.model, range(1, len(made.leaves) + 1)
    drawn = []
    for number, leaf in zip(numbers, made.leaves, strict=True):
        if not made.conditions.connected[number - 1]:
            continue
        drawn.append(f"({leaf.numerator}) as n{number}")
        drawn.append(f"({leaf.denominator or 'null::float8'}) as d{number}")
        drawn.append(f"{_status(made, number - 1)} as s{number}")
        if made.conditions.ends[number - 1]:
            drawn.append(f"coalesce({leaf.empty}, false) as e{number}")
    head = ", ".join(["account_id", "day", f"{_profile(model)} as profile", *drawn])
    inner = f"select {head} from ({features}) f offset 0"
    digits, values = list[str](), list[str]()
    for number in numbers:
        if not made.conditions.connected[number - 1]:
            digits.append(str(len(LETTERS)))
            values.append(f"null::float8 as n{number}, null::float8 as d{number}, null::int as v{number}")
            continue
        counts = f"s{number} < 4"
        digits.append(f"s{number}")
        values.append(
            f"case when {counts} then n{number} end as n{number}, case when {counts} then d{number} end as d{number},"
            f" case when {counts} then {_normalised(made, number - 1)} end as v{number}"
        )
    return f"""select account_id, day, profile::smallint as profile, {", ".join(coded(digits))}, {", ".join(values)}
        from ({inner}) l"""


def coded(digits: Sequence[str]) -> list[str]:
    """The columns of the codes, of a digit for each leaf."""
    columns = []
    for name, start in zip(code_columns(len(digits)), range(0, len(digits), A_CODE), strict=True):
        some = digits[start : start + A_CODE]
        columns.append(f"{' + '.join(f'{digit} * {8**place}::bigint' for place, digit in enumerate(some))} as {name}")
    return columns


LETTERS = "MZSTXN"
"""Statuses by number, from 1; those below 4 count, the last is that of a leaf without a source."""
A_CODE = 20
"""Statuses, of three bits each, that an int8 holds."""


def code_columns(leaves: int) -> list[str]:
    """Names of the columns that hold the statuses of so many leaves."""
    return [f"code{number}" for number in range(1, -(-leaves // A_CODE) + 1)]


def codes(statuses: str) -> list[int]:
    """The codes of statuses by letter, in the order of their columns."""
    numbers = [LETTERS.index(letter) + 1 for letter in statuses]
    parts = (numbers[start : start + A_CODE] for start in range(0, len(numbers), A_CODE))
    return [sum(number * 8**place for place, number in enumerate(part)) for part in parts]


def letters(found: Sequence[int], leaves: int) -> str:
    """The statuses of so many leaves by letter, from their codes."""
    return "".join(LETTERS[(found[n // A_CODE] // 8 ** (n % A_CODE)) % 8 - 1] for n in range(leaves))


def _status(made: Plan, place: int) -> str:
    """The number of a connected leaf's status."""
    leaf, end = made.leaves[place], made.conditions.ends[place]
    if leaf.applies == "false":
        return "5"
    cases = [f"when {lit(end) if end else 'day'} - since < {made.model.too_new_days} then 4"]
    if leaf.applies != "true":
        cases.append(f"when ({leaf.applies}) is not true then 5")
    if end:
        return f"case {' '.join(cases)} else 3 end"
    return f"case {' '.join(cases)} when {leaf.empty} then 2 else 1 end"


def _normalised(made: Plan, place: int) -> str:
    """Micro-points before weights; nothing reported has its own value, also in a leaf that is stale."""
    number, leaf = place + 1, made.model.leaves[place]
    value = f"n{number}" if made.leaves[place].denominator is None else f"n{number} / d{number}"
    empty = f"e{number}" if made.conditions.ends[place] else f"s{number} = 2"
    return f"case when {empty} then {leaf.empty} else {laid(made.model, place, value)} end"


def laid(model: Model, place: int, value: str) -> str:
    """The value of a leaf between its anchors, in micro-points; reads the column `profile`."""
    poor, span = _anchors(model, place)
    return f"(least(greatest(({value} - {poor}) / ({span}), 0), 1) * 100000000)::int"


def _anchors(model: Model, place: int) -> tuple[str, str]:
    """Poor anchor and distance to healthy, by profile."""
    anchors = [model.anchors(place, profile) for profile in range(len(model.profiles) + 1)]
    poor = [f"{low!r}::float8" for low, _ in anchors]
    span = [f"{high!r}::float8 - {low!r}::float8" for low, high in anchors]
    return _by_profile(poor), _by_profile(span)


def _by_profile(choices: list[str]) -> str:
    if len(set(choices)) == 1:
        return choices[0]
    cases = " ".join(f"when {n} then {choice}" for n, choice in enumerate(choices) if n)
    return f"case profile {cases} else {choices[0]} end"


def _profile(model: Model) -> str:
    cases = []
    for number, profile in enumerate(model.profiles, 1):
        conditions = [f"day - since < {profile.younger_than}"] if profile.younger_than is not None else []
        if profile.tiers:
            conditions.append(f"tier in ({', '.join(str(model.tier_place(key) or -1) for key in profile.tiers)})")
        cases.append(f"when {' and '.join(conditions) or 'true'} then {number}")
    return f"case {' '.join(cases)} else 0 end" if cases else "0"
