"""Judging staged rows in one statement: text to values, sentences about what is wrong, keys that a file has twice."""

from __future__ import annotations

from collections.abc import Mapping

from backend.ingest.errors import UnusableMapping
from backend.ingest.fields import (
    FIELD_END,
    PART_END,
    Field,
    Setting,
    Type,
    literal,
    problem_of,
    references,
    text_of,
    value_of,
)
from backend.ingest.kinds import Kind
from backend.ingest.mapping import Cell, Cells, FileMapping, KnownColumn


def refuse_unknown_fields(kind: Kind, mapping: FileMapping) -> None:
    """Raise UnusableMapping for fields that the kind does not have or needs and does not get."""
    known = {field.name for field in kind.fields}
    required = [field.name for field in kind.fields if field.required]
    for cells in mapping.facts():
        if unknown := sorted(cells.keys() - known):
            raise UnusableMapping(
                f"{kind.name}: there is no field {', '.join(unknown)}. "
                f"Fields: {', '.join(field.name for field in kind.fields)}."
            )
        if absent := [name for name in required if name not in cells]:
            raise UnusableMapping(
                f"{kind.name}: the mapping does not say where {', '.join(absent)} comes from. Add it under `columns`."
            )
    if mapping.extras and not kind.takes_extras:
        raise UnusableMapping(f"{kind.name}: has no use for `extras`; leave it out.")


def ready_statement(kind: Kind, mapping: FileMapping, column: Mapping[str, str], setting: Setting) -> str:
    """SQL that makes the table `ready` from the table `staged`.

    Its columns: `line`, each field, `known_on` (and `known_at` for moments), `extras`, `place` (from 1 among the
    rows of the file with the same key) and `first_line` (the line of place 1), and `problem`, null for a good row.
    """
    fields = list(kind.fields)
    known_cells: Cells = {}
    is_moment = next(field for field in fields if field.name == kind.dated_by).type is Type.MOMENT
    if isinstance(mapping.known, KnownColumn):
        fields.append(Field("known", Type.MOMENT if is_moment else Type.DAY, required=True))
        known_cells["known"] = Cell(column=mapping.known.column, format=mapping.known.format)
    facts = [cells | known_cells for cells in mapping.facts()]
    texts = "\nunion all\n".join(_texts(kind, fields, cells, mapping, column) for cells in facts)
    # A field that only a later measure has counts too; how a field is written is the same in all measures of a file.
    cells = {name: cell for fact in reversed(facts) for name, cell in fact.items()}
    values = ", ".join(
        f"r.{field.name} as {field.name}_text, {value_of(field, cells.get(field.name), setting)} as {field.name}"
        for field in fields
    )
    if any(field.type is Type.METRIC and field.name == "metric" for field in fields):
        values += ", metric_ref.scale as metric_scale"
    problems = [
        f"{literal(field.name)} || E'{FIELD_END}' || ({problem_of(field, setting)}) || E'{PART_END}'"
        for field in fields
        if field.name in cells
    ]
    checks = [(check.field, check.condition, check.reason) for check in kind.checks]
    if isinstance(mapping.known, KnownColumn) and not kind.may_be_known_before:
        checks.append(("known", f"v.known < v.{kind.dated_by}", "says that it was known before it happened"))
    problems += [
        f"case when {condition} then {literal(field)} || E'{FIELD_END}' || {literal(reason)} || E'{PART_END}' end"
        for field, condition, reason in checks
    ]
    stored = [field.name for field in fields if field.name != "known"]
    names = ", ".join(f"v.{name}" for name in stored)
    key = ", ".join(kind.key)
    return f"""
create temporary table ready on commit drop as
select line, {", ".join(stored)}, {"known_at, " if is_moment else ""}known_on, extras, problem,
       row_number() over same as place, first_value(line) over same as first_line
from (
    select v.line, {names}, {_known(kind, mapping, setting, is_moment=is_moment)}, v.extras,
           nullif(concat({", ".join(problems)}), '') as problem
    from (
        select r.line, r.extras, {values}
        from ({texts}) r {references(fields)}
        offset 0
    ) v
) judged
window same as (partition by {key}, problem is null order by line rows between unbounded preceding and current row)
"""


def _texts(kind: Kind, fields: list[Field], cells: Cells, mapping: FileMapping, column: Mapping[str, str]) -> str:
    made = ", ".join(
        f"{text_of(cells[field.name], column) if field.name in cells else 'null::text'} as {field.name}"
        for field in fields
    )
    pairs = ", ".join(f"{literal(name)}, nullif(btrim({column[name]}), '')" for name in mapping.extras)
    extras = f"jsonb_strip_nulls(jsonb_build_object({pairs}))" if pairs else "null::jsonb"
    where = ""
    if mapping.measures and kind.optional_amount:
        where = f"where {text_of(cells[kind.optional_amount], column)} is not null"
    return f"(select line, {extras} as extras, {made} from staged {where} offset 0)"


def _known(kind: Kind, mapping: FileMapping, setting: Setting, *, is_moment: bool) -> str:
    """SQL of `known_on`, and of `known_at` for kinds that are dated by a moment."""
    today, zone = f"date '{setting.today}'", literal(setting.zone)
    if not is_moment:
        if mapping.known == "now":
            return f"{today} as known_on"
        dated = f"v.{kind.dated_by}" if mapping.known == "end_of_day" else "v.known"
        return f"least({dated}, {today}) as known_on"
    if mapping.known == "now":
        return f"waymark_now() as known_at, {today} as known_on"
    if isinstance(mapping.known, KnownColumn):
        known = "least(v.known, waymark_now())"
        return f"{known} as known_at, ({known} at time zone {zone})::date as known_on"
    day = f"(v.{kind.dated_by} at time zone {zone})::date"
    end = f"((({day} + 1)::timestamp at time zone {zone}) - interval '1 microsecond')"
    return f"least({end}, waymark_now()) as known_at, least({day}, {today}) as known_on"


REFUSE_PROBLEMS = f"""
insert into refused (line, field, reason)
select ready.line, split_part(part, E'{FIELD_END}', 1), split_part(part, E'{FIELD_END}', 2)
from ready, unnest(string_to_array(rtrim(problem, E'{PART_END}'), E'{PART_END}')) as part
where problem is not null
on conflict do nothing
"""


def refuse_contradictions(kind: Kind) -> str:
    """SQL that refuses rows whose key an earlier line has with other values."""
    names = [field.name for field in kind.fields if field.name not in kind.key] + ["known_on", "extras"]
    mine, other = (", ".join(f"{side}.{name}" for name in names) for side in ("d", "f"))
    same = " and ".join(f"f.{name} is not distinct from d.{name}" for name in kind.key)
    said = f"' has the same {', '.join(kind.key)} with other values'"
    return f"""
insert into refused (line, field, reason)
select d.line, {literal(kind.key[-1])}, 'line ' || d.first_line || {said}
from ready d join ready f on f.line = d.first_line and f.place = 1 and {same}
where d.place > 1 and d.problem is null and f.problem is null and row({mine}) is distinct from row({other})
on conflict do nothing
"""
