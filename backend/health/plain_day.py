"""Features of one day for accounts whose facts are plain: what `one_day` says, at the price of plain aggregates.

Plain is an account whose uses in the windows were all known on their day, from one source a metric and not before its
first day, whose sources count users instead of naming members, and whose seats stand still. Then each row is the whole
of its account, day and metric, so that one pass without joins, which PostgreSQL can share out to parallel workers,
gives every window. `rough` finds the other accounts; `one_day` scores them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from backend.billing.queries import TERMS
from backend.health.features import (
    ActiveDays,
    Feature,
    LastUse,
    PeakUsers,
    Persons,
    Plan,
    SeatDays,
    Seats,
    UsedDays,
    UsedMetrics,
    Uses,
    first_day,
    last_day,
)
from backend.health.one_day import (
    Among,
    Part,
    assemble,
    believed,
    bits,
    business_days,
    customers,
    filtered,
    in_metrics,
    invoices,
    limits,
    lit,
    span_of,
    tickets,
    within,
)

FIRST_DAYS = "(select id as account_id, customer_since as since from accounts)"
MOST_DAYS = 62
"""Days of use are bits of an int8."""


def is_possible(made: Plan) -> bool:
    """Whether the windows of a plan allow it; what the sources deliver is the caller's to know."""
    windows = [f.days for f in made.features if isinstance(f, ActiveDays | UsedDays)]
    return not any(made.conditions.ends) and max(windows, default=0) <= MOST_DAYS


def rough(made: Plan, day: date, known: date, among: Among) -> str:
    """SELECT of the accounts that are not plain."""
    first, last = lit(day - timedelta(days=made.lookback - 1)), lit(day)
    found = [
        f"""select u.account_id from usage_daily u
        where {among("u")} and u.known_on > u.day and u.day between {first} and {last}""",
        f"""select m.account_id from member_days m where {among("m")} and m.day between {first} and {last}""",
        f"""select a.account_id from {FIRST_DAYS} a cross join lateral (
            select from usage_daily u
            where u.account_id = a.account_id and u.day >= {first} and u.day < a.since limit 1) u
        where {among("a")} and a.since between {first} and {last}""",
    ]
    if made.of(Seats):
        terms = f"""from {TERMS} t join {FIRST_DAYS} a using (account_id)
            where {among("t")} and {believed("t", known)} and t.seats > 0 and t.ends > greatest(t.starts, a.since)"""
        found.append(
            f"""select account_id from (
                select t.account_id, greatest(t.starts, a.since) as day, t.seats {terms}
                union all select t.account_id, t.ends, -t.seats {terms}) t
            where day > {first} and day <= {last} group by account_id, day having sum(seats) <> 0"""
        )
    return " union ".join(found)


def select(made: Plan, day: date, known: date, among: Among) -> str:
    """The SELECT of the features of `day` for plain accounts, with what was known at the end of `known`.

    Windows that begin late are a pass of their own, so that the many older rows pass by fewer questions.
    """
    sums = [f for f in made.features if isinstance(f, SUMS)]
    days = [f for f in sums if isinstance(f, BY_DAY)]
    begins = min((first_day(f, day) for f in days), default=day)
    recent = [f for f in sums if first_day(f, day) >= begins]
    parts = [
        _sums("recent", made, recent, day, among),
        _sums("older", made, [f for f in sums if f not in recent], day, among),
        _seats(made, day, known, among),
        tickets(made, day, known, among, FIRST_DAYS),
        invoices(made, day, known, among),
        limits(made, day, known, among),
    ]
    if persons := made.of(Persons):
        parts.append(Part("(select null::uuid as account_id limit 0) nobody", dict.fromkeys(persons, "0")))
    return assemble(made, day, f"({customers(made.model, day, known, among)}) scored", [], parts)


BY_DAY = (ActiveDays, UsedDays, UsedMetrics)
SUMS = (Uses, PeakUsers, LastUse, *BY_DAY)


def _sums(name: str, made: Plan, wanted: Sequence[Feature], day: date, among: Among) -> Part | None:
    if not wanted:
        return None
    first, last = span_of(wanted, day)
    shown: list[str] = []
    columns: dict[Feature, str] = {}
    for feature in wanted:
        column, begins, ends = made.column(feature), first_day(feature, day), last_day(feature, day)
        # Days are asked first: most rows are older than most windows, and a day is compared faster than a set.
        where = within(feature, day, first, last)
        open_days = made.model.business_days(begins, ends)
        columns[feature] = f"coalesce({column}, 0)"
        match feature:
            case Uses():
                where.append(in_metrics("u.metric_id", feature.metrics))
                shown.append(f"sum(u.delta::float8){filtered(where)} as {column}")
            case PeakUsers():
                where.append(in_metrics("u.metric_id", feature.metrics))
                shown.append(f"max(u.users){filtered(where)} as {column}")
            case LastUse():
                where += [in_metrics("u.metric_id", feature.metrics), "u.delta > 0"]
                shown.append(f"max(u.day){filtered(where)} as {column}")
                columns[feature] = f"{lit(ends)} - {column}"
            case UsedMetrics():
                shown.append(f"bit_or({bits(feature.metrics)}){filtered([*where, 'u.delta > 0'])} as {column}")
            case UsedDays():
                where += [in_metrics("u.metric_id", feature.metrics), "u.delta > 0"]
                shown.append(f"bit_or(1::bigint << (u.day - {lit(begins)})){filtered(where)} as {column}")
                mask = sum(1 << (on - begins).days for on in open_days)
                columns[feature] = f"coalesce(bit_count(({column} & {mask}::bigint)::bit(64)), 0)"
            case _:
                for place, on in enumerate(open_days):
                    shown.append(f"max(u.users) filter (where u.day = {lit(on)}) as {column}_{place}")
                parts = [f"coalesce({column}_{place}, 0)" for place in range(len(open_days))]
                columns[feature] = f"({' + '.join(parts) or '0'})"
    body = f"""(select u.account_id, {", ".join(shown)} from usage_daily u
        where {among("u")} and u.day between {lit(first)} and {lit(last)} group by u.account_id) {name}"""
    return Part(body, columns)


def _seats(made: Plan, day: date, known: date, among: Among) -> Part | None:
    wanted = [f for f in made.features if isinstance(f, Seats | SeatDays)]
    if not wanted:
        return None
    columns: dict[Feature, str] = {}
    for feature in wanted:
        open_days = f"coalesce({business_days(made.model, feature.days, day)}, 0)"
        columns[feature] = f"coalesce(seats, 0) * 1000000 * {open_days}" if isinstance(feature, Seats) else open_days
    body = f"""(select t.account_id, sum(t.seats)::bigint as seats from {TERMS} t
        where {among("t")} and {believed("t", known)} and t.starts <= {lit(day)} and t.ends > {lit(day)}
        group by t.account_id) seats"""
    return Part(body, columns)
