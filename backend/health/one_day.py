"""Features of one day for a set of accounts, as one SELECT of plain aggregates.

Only what was known on a given day is read, so the same text scores today, closes a day and repeats a day as known
then. Days and metric ids stand in the text as literals (they are typed values of ours); accounts are bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from backend.accounts.queries import TIER_SPANS
from backend.billing.queries import OPEN_INVOICES, TERMS
from backend.health.definition import Model
from backend.health.features import (
    ActiveDays,
    AnyOf,
    Feature,
    LastUse,
    Limit,
    Overdue,
    PeakUsers,
    Persons,
    Plan,
    SeatDays,
    Seats,
    Sentiment,
    Tickets,
    UsedDays,
    UsedMetrics,
    Uses,
    bit,
    business_column,
    business_windows,
    first_day,
    last_day,
)
from backend.support.queries import JUDGED_TICKETS

Among = Callable[[str], str]
"""Condition that an alias's `account_id` is among the accounts that are scored."""


def among_ids(alias: str) -> str:
    """Accounts of the bound list `accounts`."""
    return f"{alias}.account_id = any(cast(:accounts as uuid[]))"


def among_range(alias: str) -> str:
    """Accounts from the bound `first_account` to `last_account`, both included."""
    return f"{alias}.account_id between :first_account and :last_account"


def among_all(_alias: str) -> str:
    """Every account."""
    return "true"


def lit(day: date) -> str:
    """A date literal."""
    return f"date '{day.isoformat()}'"


def ints(values: Iterable[int], kind: str = "int") -> str:
    """An array literal."""
    return f"'{{{','.join(map(str, values))}}}'::{kind}[]"


def dates(values: Iterable[date]) -> str:
    """An array literal of dates."""
    return f"'{{{','.join(day.isoformat() for day in values)}}}'::date[]"


def in_metrics(column: str, metrics: AnyOf) -> str:
    """Condition that a metric id is one of some; true for any."""
    if metrics is None:
        return "true"
    if len(metrics) == 1:
        return f"{column} = {metrics[0]}"
    return f"{column} = any({ints(metrics)})" if metrics else "false"


def select(made: Plan, day: date, known: date, among: Among) -> str:
    """The SELECT of the features of `day`, with what was known at the end of `known`."""
    scored = f"scored as materialized ({customers(made.model, day, known, among)})"
    parts = [
        _usage(made, day, known, among),
        _days(made, day, known, among),
        _persons(made, day, known, among),
        _seats(made, day, known, among),
        tickets(made, day, known, among, "scored"),
        invoices(made, day, known, among),
        limits(made, day, known, among),
    ]
    return assemble(made, day, "scored", [scored], parts)


def assemble(made: Plan, day: date, scored: str, ctes: Sequence[str], parts: Iterable[Part | None]) -> str:
    """A SELECT of account_id, day, since, tier and all features, from relations of some of them each."""
    columns: dict[Feature, str] = {}
    joins: list[str] = []
    every = list(ctes)
    for part in parts:
        if part is not None:
            every += part.ctes
            columns |= part.columns
            joins.append(f"left join {part.name} using (account_id)")
    shown = [f"{columns[feature]} as {made.column(feature)}" for feature in made.features]
    for end, days in business_windows(made):
        shown.append(f"{business_days(made.model, days, end or day)} as {business_column(end, days)}")
    head = f"account_id, {lit(day)} as day, since, tier"
    given = f"with {', '.join(every)} " if every else ""
    return f"{given}select {', '.join([head, *shown])} from {scored} {' '.join(joins)}"


def business_days(model: Model, days: int, last: date) -> str:
    """Business days of a window that is cut at the account's first day, `since`."""
    counts = [len(model.business_days(last - timedelta(days=n - 1), last)) for n in range(1, days + 1)]
    return f"({ints(counts)})[least({days}, {lit(last)} - since + 1)]"


class Part:
    """One relation of some features, a row an account."""

    def __init__(self, name: str, columns: dict[Feature, str], *ctes: str) -> None:
        self.name, self.columns, self.ctes = name, columns, list(ctes)


def believed(alias: str, known: date) -> str:
    """Condition that a row with a span of belief was held true on a day."""
    return f"{alias}.known <= {lit(known)} and {alias}.superseded > {lit(known)}"


def tier_place(model: Model, column: str) -> str:
    """Place of a tier key in the model, 0 for an unknown one."""
    cases = " ".join(f"when '{tier.key}' then {place}" for place, tier in enumerate(model.tiers, 1))
    return f"case {column} {cases} else 0 end" if cases else "0"


def customers(model: Model, day: date, known: date, among: Among) -> str:
    """The accounts that are customers on the day: not before their first, not churned, not between subscriptions."""
    x = lit(day)
    return f"""
        select account_id, since, coalesce(t.tier, 0) as tier
        from (select id as account_id, customer_since as since from accounts) a
        left join (
            select s.account_id, bool_or(s.starts <= {x} and s.ends > {x}) as runs, bool_or(s.ends <= {x}) as ended
            from {TERMS} s where {among("s")} and {believed("s", known)} group by s.account_id) s using (account_id)
        left join (select i.account_id, i.churned_on from account_internals i
            where {among("i")} and i.churned_on <= {x}) i using (account_id)
        left join (
            select distinct on (t.account_id) t.account_id, {tier_place(model, "t.tier_key")} as tier
            from {TIER_SPANS} t
            where {among("t")} and {believed("t", known)} and t.starts <= {x} and t.ends > {x}
            order by t.account_id, greatest(t.starts, t.known) desc, t.starts desc, t.id desc) t using (account_id)
        where {among("a")} and since <= {x} and i.churned_on is null and (s.runs or s.ended is not true)"""


def within(feature: Feature, day: date, first: date, last: date, column: str = "u.day") -> list[str]:
    """Conditions of a feature's window that the whole relation's window, from `first` to `last`, does not imply."""
    begins, ends = first_day(feature, day), last_day(feature, day)
    found = []
    if begins > first:
        found.append(f"{column} >= {lit(begins)}")
    if ends < last:
        found.append(f"{column} <= {lit(ends)}")
    return found


def span_of(features: Sequence[Feature], day: date) -> tuple[date, date]:
    """The first and the last day of some windows."""
    return min(first_day(f, day) for f in features), max(last_day(f, day) for f in features)


def filtered(conditions: list[str]) -> str:
    """A FILTER clause of some conditions."""
    told = [condition for condition in conditions if condition != "true"]
    return f" filter (where {' and '.join(told)})" if told else ""


def _usage(made: Plan, day: date, known: date, among: Among) -> Part | None:
    wanted = [f for f in made.features if isinstance(f, Uses | PeakUsers | LastUse)]
    if not wanted:
        return None
    first, last = span_of(wanted, day)
    shown: list[str] = []
    columns: dict[Feature, str] = {}
    for feature in wanted:
        name = made.column(feature)
        where = [in_metrics("u.metric_id", feature.metrics), *within(feature, day, first, last)]
        match feature:
            case Uses():
                shown.append(f"sum(u.delta::float8){filtered(where)} as {name}")
                columns[feature] = f"coalesce({name}, 0)"
            case PeakUsers():
                shown.append(f"max(u.users){filtered(where)} as {name}")
                columns[feature] = f"coalesce({name}, 0)"
            case LastUse():
                shown.append(f"max(u.day){filtered([*where, 'u.delta > 0'])} as {name}")
                columns[feature] = f"{lit(last_day(feature, day))} - {name}"
    body = f"""usage_sums as (select u.account_id, {", ".join(shown)}
        from usage_daily u join scored s using (account_id)
        where {among("u")} and u.day between {lit(first)} and {lit(last)} and u.known_on <= {lit(known)}
        and u.day >= s.since group by u.account_id)"""
    return Part("usage_sums", columns, body)


def _days(made: Plan, day: date, known: date, among: Among) -> Part | None:
    """What needs the days of a window apart: active members, days of use, which metrics were used."""
    wanted = [f for f in made.features if isinstance(f, ActiveDays | UsedDays | UsedMetrics)]
    if not wanted:
        return None
    first, last = span_of(wanted, day)
    open_days = dates(made.model.business_days(first, last))
    active = [f for f in wanted if isinstance(f, ActiveDays)]
    sets = {m: f"used_{n}" for n, m in enumerate(dict.fromkeys(f.metrics for f in wanted if isinstance(f, UsedDays)))}
    masks = {
        m: f"mask_{n}" for n, m in enumerate(dict.fromkeys(f.metrics for f in wanted if isinstance(f, UsedMetrics)))
    }
    per_day = [f"bool_or(uses > 0 and {in_metrics('metric_id', m)}) as {name}" for m, name in sets.items()]
    per_day += [f"bit_or({bits(m)}) filter (where uses > 0) as {name}" for m, name in masks.items()]
    body = f"""
        select account_id, day{"".join(f", {column}" for column in ["max(users) as active", *per_day])} from (
            select u.account_id, u.day, u.metric_id, sum(u.users) as users, sum(u.delta::float8) as uses
            from usage_daily u
            where {among("u")} and u.day between {lit(first)} and {lit(last)} and u.known_on <= {lit(known)}
            group by 1, 2, 3) u
        group by account_id, day"""
    ctes = [f"use_days as ({body})"]
    days = "select * from use_days"
    if active:
        none = "".join(", false" for _ in sets) + "".join(", null" for _ in masks)
        again = [f"bool_or({name}) as {name}" for name in sets.values()]
        again += [f"bit_or({name}) as {name}" for name in masks.values()]
        days = f"""
            select account_id, day{"".join(f", {column}" for column in ["max(active) as active", *again])}
            from (select * from use_days union all
                select m.account_id, m.day, count(distinct m.person_id){none} from member_days m
                where {among("m")} and m.day = any({open_days}) and m.known_on <= {lit(known)} group by 1, 2) d
            group by account_id, day"""
    shown: list[str] = []
    columns: dict[Feature, str] = {}
    for feature in wanted:
        name = made.column(feature)
        where = within(feature, day, first, last, "d.day")
        match feature:
            case UsedMetrics():
                shown.append(f"bit_or(d.{masks[feature.metrics]}){filtered(where)} as {name}")
            case UsedDays():
                where += [f"d.day = any({open_days})", f"d.{sets[feature.metrics]}"]
                shown.append(f"count(*){filtered(where)} as {name}")
            case _:
                where += [f"d.day = any({open_days})", "n.day is null"]
                shown.append(f"sum(d.active){filtered(where)} as {name}")
        columns[feature] = f"coalesce({name}, 0)"
    without = ""
    if active:
        without = """left join (select account_id, day from seat_days where seats = 0) n
            on n.account_id = d.account_id and n.day = d.day"""
        ctes += _seat_days(made, day, known, among)
    ctes.append(
        f"""day_sums as (select d.account_id, {", ".join(shown)} from ({days}) d
        join scored s on s.account_id = d.account_id and d.day >= s.since {without} group by d.account_id)"""
    )
    return Part("day_sums", columns, *ctes)


def bits(metrics: tuple[int, ...]) -> str:
    """The bit of a row's metric among some."""
    cases = " ".join(f"when {metric} then {bit(place)}" for place, metric in enumerate(metrics))
    return f"(case metric_id {cases} end)::bigint" if metrics else "null::bigint"


def _seat_days(made: Plan, day: date, known: date, among: Among) -> list[str]:
    """Seats day by day, of those accounts alone whose seats change in the windows; `seats_at` has the others'."""
    wanted = [f for f in made.features if isinstance(f, Seats)]
    last = max(last_day(f, day) for f in wanted)
    first = min(first_day(f, day) - timedelta(days=f.ramp) for f in wanted)
    return [
        f"""seat_changes as (
            select account_id, greatest(day, {lit(first)}) as day, sum(seats) as change from (
                select t.account_id, greatest(t.starts, s.since) as day, t.seats
                from {TERMS} t join scored s using (account_id)
                where {among("t")} and {believed("t", known)} and t.seats > 0 and t.ends > greatest(t.starts, s.since)
                union all
                select t.account_id, t.ends, -t.seats
                from {TERMS} t join scored s using (account_id)
                where {among("t")} and {believed("t", known)} and t.seats > 0
                and t.ends > greatest(t.starts, s.since)) t
            where day <= {lit(last)} group by 1, 2 having sum(seats) <> 0)""",
        f"seats_move as (select distinct account_id from seat_changes where day > {lit(first)})",
        """seats_at as (select account_id, change as seats from seat_changes
            where account_id not in (select account_id from seats_move))""",
        f"""seat_days as materialized (
            select account_id, day,
                sum(coalesce(change, 0)) over (partition by account_id order by day)::bigint as seats
            from seats_move cross join (
                select ({lit(first)} + n)::date as day from generate_series(0, {(last - first).days}) n) g
            left join seat_changes using (account_id, day))""",
    ]


def _seats(made: Plan, day: date, known: date, among: Among) -> Part | None:
    wanted = [f for f in made.features if isinstance(f, Seats)]
    counts = [f for f in made.features if isinstance(f, SeatDays)]
    if not wanted:
        return None
    ramps = dict.fromkeys(f.ramp for f in wanted)
    ramped = []
    for ramp in ramps:
        window = f"(partition by account_id order by day rows between {max(ramp, 1) - 1} preceding and current row)"
        ramped.append(
            f"least(seats * 1000000, (sum(seats) over {window} * 1000000)::bigint"
            f" / nullif(count(*) filter (where seats > 0) over {window}, 0)) as ramp_{ramp}"
        )
    moving, still = list[str](), list[str]()
    columns: dict[Feature, str] = {}
    for feature in [*wanted, *counts]:
        name = made.column(feature)
        begins, ends = first_day(feature, day), last_day(feature, day)
        open_days = made.model.business_days(begins, ends)
        where = [f"r.seats > 0 and r.day = any({dates(open_days)})"]
        totals = [len([d for d in open_days if d > ends - timedelta(days=n)]) for n in range(1, feature.days + 1)]
        days = f"({ints(totals)})[least({feature.days}, {lit(ends)} - since + 1)]"
        if isinstance(feature, Seats):
            moving.append(f"coalesce(sum(r.ramp_{feature.ramp}){filtered(where)}, 0)::bigint as {name}")
            still.append(f"coalesce(seats * 1000000 * {days}, 0)::bigint")
        else:
            moving.append(f"count(*){filtered(where)} as {name}")
            still.append(f"coalesce({days}, 0)")
        columns[feature] = f"coalesce({name}, 0)"
    body = f"""seat_sums as (
        select r.account_id, {", ".join(moving)}
        from (select account_id, day, seats, {", ".join(ramped)} from seat_days) r
        join scored s on s.account_id = r.account_id and r.day >= s.since group by r.account_id
        union all select account_id, {", ".join(still)} from seats_at join scored using (account_id) where seats > 0)"""
    return Part("seat_sums", columns, body)


def _persons(made: Plan, day: date, known: date, among: Among) -> Part | None:
    wanted = [f for f in made.features if isinstance(f, Persons)]
    if not wanted:
        return None
    first, last = span_of(wanted, day)
    marks, shown = list[str](), list[str]()
    columns: dict[Feature, str] = {}
    for feature in wanted:
        name = made.column(feature)
        conditions = [in_metrics("m.metric_id", feature.metrics), *within(feature, day, first, last, "m.day")]
        marks.append(f"bool_or({' and '.join(conditions)}) as {name}")
        shown.append(f"count(*) filter (where {name}) as {name}")
        columns[feature] = f"coalesce({name}, 0)"
    body = f"""person_counts as (select account_id, {", ".join(shown)} from (
        select m.account_id, m.person_id, {", ".join(marks)} from member_days m join scored s using (account_id)
        where {among("m")} and m.day between {lit(first)} and {lit(last)} and m.known_on <= {lit(known)}
        and m.day >= s.since group by 1, 2) p group by account_id)"""
    return Part("person_counts", columns, body)


def tickets(made: Plan, day: date, known: date, among: Among, scored: str) -> Part | None:
    """Judged tickets and their sentiments."""
    wanted = [f for f in made.features if isinstance(f, Tickets | Sentiment)]
    if not wanted:
        return None
    first, last = span_of(wanted, day)
    shown: list[str] = []
    columns: dict[Feature, str] = {}
    for feature in wanted:
        name = made.column(feature)
        what = "count(*)" if isinstance(feature, Tickets) else "sum(t.sentiment)"
        shown.append(f"{what}{filtered(within(feature, day, first, last, 't.opened'))} as {name}")
        columns[feature] = f"coalesce({name}, 0)"
    body = f"""ticket_sums as (select t.account_id, {", ".join(shown)} from {JUDGED_TICKETS} t
        join {scored} s using (account_id) where {among("t")} and {believed("t", known)}
        and t.opened between {lit(first)} and {lit(last)} and t.opened >= s.since group by t.account_id)"""
    return Part("ticket_sums", columns, body)


def invoices(made: Plan, day: date, known: date, among: Among) -> Part | None:
    """Days that the oldest open invoice is overdue."""
    wanted = [f for f in made.features if isinstance(f, Overdue)]
    if not wanted:
        return None
    shown: list[str] = []
    columns: dict[Feature, str] = {}
    for feature in wanted:
        name, end = made.column(feature), lit(last_day(feature, day))
        shown.append(
            f"{end} - min(i.due) filter (where i.issued <= {end} and i.due < {end} and i.settled > {end}) as {name}"
        )
        columns[feature] = name
    body = f"""invoice_days as (select i.account_id, {", ".join(shown)} from {OPEN_INVOICES} i
        where {among("i")} and {believed("i", known)} group by i.account_id)"""
    return Part("invoice_days", columns, body)


def limits(made: Plan, day: date, known: date, among: Among) -> Part | None:
    """What subscriptions include of a metric."""
    wanted = [f for f in made.features if isinstance(f, Limit)]
    if not wanted:
        return None
    shown: list[str] = []
    columns: dict[Feature, str] = {}
    for feature in wanted:
        name, end = made.column(feature), lit(last_day(feature, day))
        runs = f"t.limit_metric = '{feature.metric}' and t.starts <= {end} and t.ends > {end}"
        shown.append(f"sum(t.limit_quantity) filter (where {runs}) as {name}")
        columns[feature] = f"nullif({name}, 0)"
    keys = "', '".join(sorted({f.metric for f in wanted}))
    body = f"""limit_sums as (select t.account_id, {", ".join(shown)} from {TERMS} t
        where {among("t")} and {believed("t", known)} and t.limit_metric in ('{keys}') group by t.account_id)"""
    return Part("limit_sums", columns, body)
