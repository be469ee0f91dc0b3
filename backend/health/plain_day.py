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

    The days of which each counts by itself are one pass, and the days before them another that asks less of a row and
    passes over what no window there counts; a window that reaches over both is put together from its two parts.
    """
    sums = [f for f in made.features if isinstance(f, SUMS)]
    days = [f for f in sums if isinstance(f, BY_DAY)]
    begins = min((first_day(f, day) for f in days or sums), default=day)
    parts: list[Part | None] = [
        *_sums(made, sums, day, begins, among),
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


def _sums(made: Plan, wanted: Sequence[Feature], day: date, begins: date, among: Among) -> list[Part]:
    """The passes over the days before `begins`, and from there on; the second has what both give."""
    older = [f for f in wanted if first_day(f, day) < begins]
    recent = [f for f in wanted if last_day(f, day) >= begins]
    told: dict[Feature, list[str]] = {feature: [] for feature in wanted}
    passes = []
    for name, some, until in (("older", older, begins - timedelta(days=1)), ("recent", recent, day)):
        if some:
            first = max(min(first_day(f, day) for f in some), begins if name == "recent" else date.min)
            last = min(max(last_day(f, day) for f in some), until)
            passes.append((f"({_pass(name, made, some, day, (first, last), among)}) {name}", some))
            for feature in some:
                told[feature].append(f"{name}_{made.column(feature)}")
    columns = {feature: _whole(made, feature, day, names) for feature, names in told.items()}
    return [Part(body, {f: columns[f] for f in some}) for body, some in passes]


def _whole(made: Plan, feature: Feature, day: date, names: Sequence[str]) -> str:
    """A feature from the columns of the passes that see its window."""
    match feature:
        case Uses():
            return f"({' + '.join(f'coalesce({name}, 0)' for name in names)})"
        case LastUse():
            return f"{lit(last_day(feature, day))} - greatest({', '.join(names)})"
        case UsedDays():
            begins = first_day(feature, day)
            open_days = made.model.business_days(begins, last_day(feature, day))
            mask = sum(1 << (on - begins).days for on in open_days)
            return f"coalesce(bit_count(({names[0]} & {mask}::bigint)::bit(64)), 0)"
        case ActiveDays():
            open_days = made.model.business_days(first_day(feature, day), last_day(feature, day))
            parts = [f"coalesce({names[0]}_{place}, 0)" for place in range(len(open_days))]
            return f"({' + '.join(parts) or '0'})"
        case _:
            return f"coalesce(greatest({', '.join(names)}), 0)"


def _pass(name: str, made: Plan, wanted: Sequence[Feature], day: date, between: tuple[date, date], among: Among) -> str:
    """SELECT of one row an account from the rollups of some days, with a column `<pass>_<feature>` each."""
    first, last = between
    shown: list[str] = []
    asked: list[list[str]] = []

    def show(aggregate: str, where: list[str], column: str) -> None:
        asked.append([condition for condition in where if condition != "true"])
        shown.append(f"{aggregate}{filtered(where)} as {column}")

    for feature in wanted:
        column = f"{name}_{made.column(feature)}"
        # Days are asked first: most rows are older than most windows, and a day is compared faster than a set.
        where = within(feature, day, first, last)
        match feature:
            case Uses():
                show("sum(u.delta::float8)", [*where, in_metrics("u.metric_id", feature.metrics)], column)
            case PeakUsers():
                show("max(u.users)", [*where, in_metrics("u.metric_id", feature.metrics)], column)
            case LastUse():
                used = [in_metrics("u.metric_id", feature.metrics), "u.delta > 0"]
                show("max(u.day)", [*where, *used], column)
            case UsedMetrics():
                show(f"bit_or({bits(feature.metrics)})", [*where, "u.delta > 0"], column)
            case UsedDays():
                used = [in_metrics("u.metric_id", feature.metrics), "u.delta > 0"]
                show(f"bit_or(1::bigint << (u.day - {lit(first_day(feature, day))}))", [*where, *used], column)
            case _:
                open_days = made.model.business_days(first_day(feature, day), last_day(feature, day))
                for place, on in enumerate(open_days):
                    show("max(u.users)", [f"u.day = {lit(on)}"], f"{column}_{place}")
    # A row that no column counts is passed over before it is looked up among the accounts.
    counted = " or ".join(f"({' and '.join(conditions)})" for conditions in asked) if all(asked) else ""
    return f"""select u.account_id{"".join(f", {column}" for column in shown)} from usage_daily u
        where {among("u")} and u.day between {lit(first)} and {lit(last)}{f" and ({counted})" if counted else ""}
        group by u.account_id"""


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
