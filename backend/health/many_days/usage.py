"""Use of the product: sums, days and metrics of use, the most users, distinct members."""

from __future__ import annotations

from backend.health.features import (
    COUNTER,
    PACKED,
    ActiveDays,
    AnyOf,
    LastUse,
    PeakUsers,
    Persons,
    UsedDays,
    UsedMetrics,
    Uses,
)
from backend.health.many_days.span import Grid, Span, difference, is_long, rollups, step_column, steps_of
from backend.health.one_day import in_metrics, lit

PERSONS, PERSONS_PACKED = 26, 2
"""Bits of a number of members, and how many such numbers are added up as one: a float8 is exact up to 2^53."""
HIGHEST = sum(1 << (COUNTER * n + COUNTER - 1) for n in range(PACKED))
FILLED = HIGHEST - sum(1 << COUNTER * n for n in range(PACKED))
NEVER = -1_000_000
"""Stands in an array for a day that there is none of: an array with NULLs is read from its start for each element."""
BLOCK = 1 << 40
"""More users than any fact names."""
PEAK = "peak_of_facts"
"""The most users that one fact of a metric and day names."""


def usage(span: Span, grid: Grid) -> None:
    """Every feature of use but those with a long window, from one row an account and day."""
    made = span.made
    kinds = (Uses, UsedDays, UsedMetrics, PeakUsers, LastUse, ActiveDays)
    if not any(isinstance(feature, kinds) and not is_long(feature) for feature in made.features):
        return
    shown: list[str] = []
    names: dict[tuple[type, AnyOf], str] = {}

    def cell(kind: type, metrics: AnyOf, text: str) -> str:
        """A column of the day for a set of metrics; the same one for all windows."""
        if (kind, metrics) not in names:
            name = names[kind, metrics] = f"x{len(names)}"
            shown.append(f"{text} as {name}")
            grid.cells.append(name)
        return names[kind, metrics]

    def running(text: str, name: str) -> str:
        if name not in grid.arrays:
            grid.running.append(f"{text} as {name}")
            grid.arrays.append(name)
        return name

    for feature in made.features:
        match feature:
            case _ if is_long(feature):
                pass
            case UsedMetrics():
                words = []
                for start in range(0, len(feature.metrics), PACKED):
                    some = feature.metrics[start : start + PACKED]
                    steps = " ".join(f"when {metric} then {1 << COUNTER * n}" for n, metric in enumerate(some))
                    name = cell(UsedMetrics, some, f"sum((case metric_id {steps} end)::float8) filter (where uses > 0)")
                    total = running(f"sum(coalesce({name}, 0)) over w", f"r{name}")
                    count = f"{difference(total, feature.days)}::bigint"
                    # Adding all ones but the highest carries into the highest bit of every counter that is not 0.
                    words.append(f"((({count} + {FILLED}) & {HIGHEST}) >> {COUNTER - 1 - start // PACKED})")
                grid.columns[feature] = f"({' | '.join(words)})" if words else "0::bigint"
            case Uses():
                where = in_metrics("metric_id", feature.metrics)
                name = cell(Uses, feature.metrics, f"sum(uses) filter (where {where})")
                total = running(f"sum(coalesce({name}, 0)) over w", f"r{name}")
                grid.columns[feature] = difference(total, feature.days, feature.offset)
            case UsedDays():
                where = in_metrics("metric_id", feature.metrics)
                name = cell(UsedDays, feature.metrics, f"bool_or(uses > 0 and {where})")
                total = running(f"sum((coalesce({name}, false) and is_open)::int) over w", f"r{name}")
                grid.columns[feature] = difference(total, feature.days)
            case PeakUsers():
                where = in_metrics("metric_id", feature.metrics)
                only = f" filter (where {where})" if where != "true" else ""
                name = cell(PeakUsers, feature.metrics, f"max({PEAK}){only}")
                block, ends, first = _cover(feature.days)
                each = running(f"coalesce({name}, 0)", f"e{name}")
                # Later blocks outweigh earlier ones: the running maximum is the largest of the block so far.
                place = f"(day - {lit(span.base)}) / {block} * {BLOCK}::bigint"
                largest = running(f"max({place} + coalesce({name}, 0)) over w", f"r{name}_{block}")
                end = f"(i - 1) / {block} * {block}"
                parts = [f"({largest})[i] % {BLOCK}"]
                parts += [f"({largest})[{end} - {n * block}] % {BLOCK}" for n in range(ends)]
                parts += [f"({each})[i - {feature.days - 1 - n}]" for n in range(first)]
                grid.columns[feature] = f"greatest({', '.join(parts)})"
            case LastUse():
                where = in_metrics("metric_id", feature.metrics)
                name = cell(LastUse, feature.metrics, f"bool_or(largest > 0 and {where})")
                newest = running(
                    f"coalesce(max(case when {name} then day - {lit(span.base)} + 1 end) over w, {NEVER})", f"r{name}"
                )
                grid.columns[feature] = f"case when i - ({newest})[i] < {feature.days} then i - ({newest})[i] end"
            case ActiveDays():
                if "users" not in grid.cells:
                    shown.append("max(users) as users")
                    grid.cells.append("users")
            case _:
                pass
    facts = rollups(span, span.picks("u"))
    columns = f"m.account_id, m.day, {', '.join(shown)}"
    plain = columns.replace(PEAK, "users")  # of one fact a metric and day, so that equal sums are worked out once
    grid.ctes.append(
        f"""daily as (
        select {plain} from (
            select u.account_id, u.day, u.metric_id, u.users, u.delta::float8 as uses, u.delta as largest
            from {facts} and u.account_id <> all(cast(:several as uuid[])) order by 1, 2) m group by 1, 2
        union all
        select {columns} from (
            select u.account_id, u.day, u.metric_id, sum(u.users) as users, max(u.users) as {PEAK},
                sum(u.delta::float8) as uses, max(u.delta) as largest
            from {facts} and u.account_id = any(cast(:several as uuid[])) group by 1, 2, 3) m group by 1, 2)"""
    )
    grid.joins.append("left join daily d on d.account_id = g.account_id and d.day = g.day and g.day >= g.since")


def _cover(days: int) -> tuple[int, int, int]:
    """How the largest of a window is found without looking at every day of it again for each day.

    The grid is cut into blocks. A window is covered by the last block as far as the day, by whole blocks before it, and
    by its first days one by one, since a block may begin before the window does. Returns the length of a block, the
    whole ones and the first days, with as few parts as there can be.
    """
    covers = [(block, days // block - 1, block + days % block - 1) for block in range(1, days + 1)]
    return min(covers, key=lambda cover: cover[1] + cover[2])


def long_uses(span: Span, grid: Grid) -> None:
    """Sums of use over windows too long for the grid."""
    for number, feature in enumerate(f for f in span.made.features if is_long(f)):
        assert isinstance(feature, Uses)  # noqa: S101 - `is_long` says so
        name = f"long_{number}"
        grid.ctes.append(
            f"""uses_{name} as materialized (
                select u.account_id, u.day, u.day + {feature.days} as gone, sum(u.delta) as n
                from usage_daily u join picked p on p.account_id = u.account_id and u.day >= p.since
                where {span.among("u")} and u.day between {lit(span.earliest)} and {lit(span.last)}
                and {span.is_known("u")} and {in_metrics("u.metric_id", feature.metrics)} group by 1, 2)"""
        )
        step_column(grid, name, steps_of([f"select * from uses_{name}"], span))
        grid.columns[feature] = f"({name})[i]"


def persons(span: Span, grid: Grid) -> None:
    """Distinct members: of a day, and of windows.

    A member active on day x is in the windows of x to x + days - 1. Cutting that span where the member's next active
    day begins a new one makes the spans of a member disjoint, so that they can be added up.
    """
    rows = f"""member_days m join picked p on p.account_id = m.account_id and m.day >= p.since
        where {span.among("m")} and m.day between {lit(span.base)} and {lit(span.last)} and {span.is_known("m")}"""
    if span.made.of(ActiveDays):
        grid.ctes.append(
            f"present as (select m.account_id, m.day, count(distinct m.person_id) as persons from {rows} group by 1, 2)"
        )
        grid.joins.insert(0, "left join present using (account_id, day)")
        grid.cells.append("persons")
    wanted = [feature for feature in span.made.features if isinstance(feature, Persons)]
    for start in range(0, len(wanted), PERSONS_PACKED):
        name = f"n{start // PERSONS_PACKED}"
        spans = []
        for place, feature in enumerate(wanted[start : start + PERSONS_PACKED]):
            days = f"days_n{start + place}"
            grid.ctes.append(
                f"""{days} as (select account_id, day, least(day + {feature.days},
                    lead(day) over (partition by account_id, person_id order by day)) as gone
                from (select distinct m.account_id, m.person_id, m.day from {rows}
                    and {in_metrics("m.metric_id", feature.metrics)}) m)"""
            )
            spans.append(f"select account_id, day, gone, {1 << PERSONS * place} as n from {days}")
            grid.columns[feature] = f"(({name})[i]::bigint >> {PERSONS * place} & {(1 << PERSONS) - 1})"
        step_column(grid, name, steps_of(spans, span))
