"""The fields of a fact: how a cell of text becomes a value of PostgreSQL, and what is said when it cannot.

Everything is compiled to SQL, so that a million rows are judged in one statement. Three layers: `r` has the text of
each field, `v` its value (null when there is none), and the outermost the sentences about what is wrong. A layer is
computed once a row; the sentences of a number or a date are looked for only when its value is missing or out of bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from backend.ingest.mapping import Cell, When
from backend.money import minor_digits_sql

MOST = 2**53 - 1
"""The largest number that every reader of the API keeps exactly."""
OLDEST_DAY = date(1970, 1, 1)
LATEST_END = date(2200, 1, 1)
FIELD_END, PART_END = "\\x1f", "\\x1e"
"""Between field and sentence, and between the sentences of a row, as SQL escapes."""
ISO_DAY = "____-__-__"
TIME_PATTERN = r"^\d{4}-\d\d-\d\d[T ]\d\d?:\d\d"
ZONE_PATTERN = r"(Z|UTC|[+-]\d\d(:?\d\d)?)$"


class Type(Enum):
    """What a field holds."""

    TEXT = "text"
    ACCOUNT = "account"
    METRIC = "metric"
    TIER = "tier"
    WHOLE = "whole number"
    AMOUNT = "amount of a metric"
    DECIMAL = "decimal number"
    MONEY = "money"
    DAY = "day"
    MOMENT = "moment"
    TRUTH = "yes or no"
    CHOICE = "choice"
    EMAIL = "e-mail address"
    CURRENCY = "currency code"

    @property
    def sql(self) -> str:
        """The PostgreSQL type of its values."""
        return SQL_TYPES.get(self, "text")


SQL_TYPES = {
    Type.ACCOUNT: "uuid",
    Type.METRIC: "int",
    Type.WHOLE: "bigint",
    Type.AMOUNT: "bigint",
    Type.MONEY: "bigint",
    Type.DECIMAL: "float8",
    Type.DAY: "date",
    Type.MOMENT: "timestamptz",
    Type.TRUTH: "boolean",
}


@dataclass(frozen=True)
class Field:
    """A field of a kind of fact."""

    name: str
    type: Type
    required: bool = False
    choices: tuple[str, ...] = ()
    longest: int = 500
    least: int = 0
    """For numbers."""
    most: int = MOST
    may_lie_ahead: bool = False
    """For days: contracts end in the future, facts do not happen there."""
    otherwise: str = ""
    """SQL over the texts `r.<field>` and `r.extras` for a text field that is empty or not mapped."""


@dataclass(frozen=True)
class Setting:
    """What values are read against."""

    today: date
    zone: str
    currency: str
    """The organization's, for amounts without one."""


def literal(value: str) -> str:
    """Text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def text_of(cell: Cell, column: Mapping[str, str]) -> str:
    """SQL for the text of a field; null when there is none. `column` gives the staged name of a column of the file."""
    trimmed = [f"nullif(btrim({column[name]}), '')" for name in cell.columns]
    if cell.column is not None:
        made = f"nullif(btrim({column[cell.column]}), '')"
    elif cell.constant is not None:
        made = literal(cell.constant)
    elif cell.first:
        made = f"coalesce({', '.join(trimmed)})"
    else:
        made = f"nullif(concat_ws({literal(cell.join)}, {', '.join(trimmed)}), '')"
    if cell.values:
        cases = " ".join(f"when {literal(word)} then {literal(means)}" for word, means in cell.values.items())
        made = f"case {made} {cases} else {literal(cell.default) if cell.default is not None else made} end"
    elif cell.default is not None:
        made = f"coalesce({made}, {literal(cell.default)})"
    if cell.format:
        made = _iso(made, cell.format)
    if cell.prefix:
        made = f"{literal(cell.prefix)} || {made}"
    if cell.suffix:
        made = f"{made} || {literal(cell.suffix)}"
    return f"case when {_holds(cell.when, column)} then {made} end" if cell.when else made


def _holds(when: When, column: Mapping[str, str]) -> str:
    words = ", ".join(literal(word) for word in (when.is_ or when.is_not))
    return f"coalesce(btrim({column[when.column]}), '') {'in' if when.is_ else 'not in'} ({words})"


def _iso(made: str, form: str) -> str:
    """SQL that brings a date or time of the given form to YYYY-MM-DD HH:MI:SS; other text stays as it is."""
    if form in {"unix", "unix_ms"}:
        divisor = 1000 if form == "unix_ms" else 1
        return (
            f"case when {made} ~ '^\\d{{1,14}}$' then "
            f"to_char(to_timestamp(({made})::numeric / {divisor}) at time zone 'UTC', "
            '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') '
            f"else {made} end"
        )
    pattern, order, rest = "", [], form
    widths = {
        "YYYY": r"(\d{4})",
        "MM": r"(\d{1,2})",
        "DD": r"(\d{1,2})",
        "HH": r"(\d{1,2})",
        "MI": r"(\d\d)",
        "SS": r"(\d\d)",
    }
    while rest:
        token = next((name for name in widths if rest.startswith(name)), None)
        if token:
            pattern, rest = pattern + widths[token], rest[len(token) :]
            order.append(token)
        else:
            pattern, rest = pattern + ("\\" + rest[0] if not rest[0].isalnum() else rest[0]), rest[1:]
    places = {token: f"\\{place}" for place, token in enumerate(order, 1)}
    if not {"YYYY", "MM", "DD"} <= places.keys():
        return made
    result = f"{places['YYYY']}-{places['MM']}-{places['DD']}"
    if "HH" in places:
        result += f" {places['HH']}:{places.get('MI', '00')}:{places.get('SS', '00')}"
    padded = f"regexp_replace({made}, {literal('^' + pattern + '.*$')}, {literal(result)})"
    return f"regexp_replace({padded}, '-(\\d)(?=-|$| )', '-0\\1', 'g')"


def value_of(field: Field, cell: Cell | None, setting: Setting) -> str:
    """SQL for the value of a field in terms of its text `r.<name>`; null when it has none."""
    raw = f"r.{field.name}"
    if cell is None and field.type is Type.CURRENCY:
        return literal(setting.currency)
    if cell is None:
        return field.otherwise or f"null::{field.type.sql}"
    match field.type:
        case Type.ACCOUNT:
            return f"{field.name}_ref.id"
        case Type.METRIC:
            return f"{field.name}_ref.id"
        case Type.TIER:
            return f"{field.name}_ref.key"
        case Type.WHOLE:
            return (
                f"case when pg_input_is_valid({raw}, 'bigint') then {raw}::bigint "
                f"when {_finite(raw)} then case when {_whole(raw)} then {raw}::numeric::bigint end end"
            )
        case Type.AMOUNT:
            return (
                f"case when metric_ref.scale = 0 and pg_input_is_valid({raw}, 'bigint') then {raw}::bigint "
                f"when {_finite(raw)} then case when metric_ref.scale > 0 or {_whole(raw)} then "
                f"case when abs({raw}::numeric) < {MOST} / 10::numeric ^ metric_ref.scale then "
                f"round({raw}::numeric * 10::numeric ^ metric_ref.scale)::bigint end end end"
            )
        case Type.DECIMAL:
            return f"case when {_finite(raw)} then {raw}::float8 end"
        case Type.MONEY:
            currency = f"coalesce(upper(r.currency), {literal(setting.currency)})"
            power = f"10::numeric ^ {minor_digits_sql(currency)}"
            return (
                f"case when {_finite(raw)} then case when abs({raw}::numeric) * {power} <= {MOST} "
                f"then round({raw}::numeric * {power})::bigint end end"
            )
        case Type.DAY:
            return (
                f"case when {raw} like '{ISO_DAY}' and pg_input_is_valid({raw}, 'date') then {raw}::date "
                f"when {_is_time(raw)} then "
                f"({_moment(raw, cell, setting)} at time zone {literal(setting.zone)})::date end"
            )
        case Type.MOMENT:
            return (
                f"case when {_is_time(raw)} then {_moment(raw, cell, setting)} "
                f"when {raw} like '{ISO_DAY}' and pg_input_is_valid({raw}, 'date') then "
                f"{raw}::timestamp at time zone {literal(cell.zone or setting.zone)} end"
            )
        case Type.TRUTH:
            return (
                f"case when lower({raw}) in ('true', 't', 'yes', 'y', '1') then true "
                f"when lower({raw}) in ('false', 'f', 'no', 'n', '0') then false end"
            )
        case Type.CHOICE:
            words = ", ".join(literal(word) for word in field.choices)
            return f"case when upper({raw}) in ({words}) then upper({raw}) end"
        case Type.CURRENCY:
            home = f"case when {raw} is null then {literal(setting.currency)}"
            return f"{home} when {raw} ~* '^[a-z]{{3}}$' then upper({raw}) end"
        case Type.EMAIL:
            return f"case when {raw} ~ '^[^@[:space:]]+@[^@[:space:]]+$' and length({raw}) <= 254 then {raw} end"
        case Type.TEXT:
            made = f"case when length({raw}) <= {field.longest} then {raw} end"
            return f"case when {raw} is null then {field.otherwise} else {made} end" if field.otherwise else made


def _finite(raw: str) -> str:
    """SQL that is true of a number that fits; NaN is above every number, so the bounds keep it out too."""
    return (
        f"(case when length({raw}) <= 60 and pg_input_is_valid({raw}, 'numeric') "
        f"then {raw}::numeric between -9e18 and 9e18 else false end)"
    )


def _whole(raw: str) -> str:
    return f"({raw}::numeric = trunc({raw}::numeric))"


def _is_time(raw: str) -> str:
    return f"({raw} ~ '{TIME_PATTERN}' and pg_input_is_valid({raw}, 'timestamptz'))"


def _moment(raw: str, cell: Cell, setting: Setting) -> str:
    zone = literal(cell.zone or setting.zone)
    return f"case when {raw} ~ '{ZONE_PATTERN}' then {raw}::timestamptz else {raw}::timestamp at time zone {zone} end"


def bounds(field: Field, setting: Setting) -> tuple[str, str] | None:
    """SQL of the least and the greatest value of a field."""
    latest = LATEST_END if field.may_lie_ahead else setting.today + timedelta(days=1)
    match field.type:
        case Type.WHOLE | Type.AMOUNT | Type.MONEY:
            return str(field.least), str(field.most)
        case Type.DECIMAL:
            return f"{field.least}::float8", f"{field.most}::float8"
        case Type.DAY:
            return f"date '{OLDEST_DAY}'", f"date '{latest}'"
        case Type.MOMENT:
            return f"timestamptz '{OLDEST_DAY}'", f"timestamptz '{latest + timedelta(days=1)}'"
    return None


def problem_of(field: Field, setting: Setting) -> str:
    """SQL for the sentence about a field, null when all is well; in terms of `v.<name>_text` and `v.<name>`."""
    raw, value = f"v.{field.name}_text", f"v.{field.name}"
    limits = bounds(field, setting)
    well = f"{value} is not null" if limits is None else f"{value} between {limits[0]} and {limits[1]}"
    said = f"translate(left({raw}, 60), E'{PART_END}{FIELD_END}', '  ')"
    empty = "'is empty'" if field.required else "null"
    number = (
        f"when length({raw}) > 60 or not pg_input_is_valid({raw}, 'numeric') then 'is not a number: ' || {said} "
        f"when {raw}::numeric in ('NaN', 'Infinity', '-Infinity') then 'is not a finite number: ' || {said} "
    )
    sizes = (
        f"when {raw}::numeric < {field.least} then 'is less than {field.least}: ' || {said} "
        f"else 'is more than {field.most}: ' || {said}"
    )
    match field.type:
        case Type.ACCOUNT:
            other = f"else 'there is no account ' || {said} || '; import accounts first'"
        case Type.METRIC:
            other = f"else 'the program has no metric ' || {said} || '; add it to the program or map it to another'"
        case Type.TIER:
            other = f"else 'the program has no tier ' || {said} || '; add it to the program or map it with `values`'"
        case Type.WHOLE:
            other = f"{number} when not {_whole(raw)} then 'is not a whole number: ' || {said} {sizes}"
        case Type.AMOUNT:
            other = (
                f"when v.metric is null then null {number} when {raw}::numeric < {field.least} "
                f"then 'is less than {field.least}: ' || {said} "
                f"when v.metric_scale = 0 and not {_whole(raw)} then"
                f" 'is not a whole number, and its metric has no decimals: ' || {said} "
                f"else 'is more than {field.most} units of its metric: ' || {said}"
            )
        case Type.DECIMAL | Type.MONEY:
            other = f"{number} {sizes}"
        case Type.DAY | Type.MOMENT:
            word = "date" if field.type is Type.DAY else "time"
            assert limits  # noqa: S101 - days and moments have bounds
            other = (
                f"when {value} is null then 'is not a {word} that can be read: ' || {said} "
                f"when {value} < {limits[0]} then 'lies before {OLDEST_DAY}: ' || {said} "
                f"else 'lies too far ahead: ' || {said}"
                + (f"{' || '}'; leave it empty when there is no end'" if field.may_lie_ahead else "")
            )
        case Type.TRUTH:
            other = f"else 'is neither yes nor no: ' || {said}"
        case Type.CHOICE:
            other = f"else 'is none of {', '.join(field.choices)}: ' || {said}"
        case Type.CURRENCY:
            other = f"else 'is not a currency code such as USD: ' || {said}"
        case Type.EMAIL:
            other = f"else 'is not an e-mail address: ' || {said}"
        case Type.TEXT:
            other = f"else 'is longer than {field.longest} characters: ' || {said} || '…'"
    return f"case when {well} then null when {raw} is null then {empty} {other} end"


def references(fields: Sequence[Field]) -> str:
    """SQL joins that resolve the keys of accounts and metrics."""
    made = ""
    for field in fields:
        if field.type is Type.ACCOUNT:
            made += f" left join accounts {field.name}_ref on {field.name}_ref.external_id = r.{field.name}"
        elif field.type is Type.METRIC:
            made += f" left join metrics {field.name}_ref on {field.name}_ref.key = r.{field.name}"
            made += f" and not {field.name}_ref.is_retired"
        elif field.type is Type.TIER:
            made += f" left join tiers {field.name}_ref on {field.name}_ref.key = r.{field.name}"
            made += f" and not {field.name}_ref.is_retired"
    return made
