"""Features of many days for a set of accounts, as one SELECT: facts are read once, windows are differences.

Facts are added up to one row an account and day; running sums over a gapless grid of days become one array per number
and account, and the sum of a window is the difference of two elements. What is true in a span of days, such as a
subscription, enters the grid as +n at its beginning and -n behind its end.

The SELECT speaks as known at the end of each day. That needs no second pass, since a fact counts from the day on
which it was known; only where a late fact changes days *before* that (`late`) must days be scored one by one.
With `known`, every day is scored with what was known on that one day.
"""

from __future__ import annotations

from itertools import accumulate

from backend.accounts.queries import TIER_SPANS
from backend.billing.queries import TERMS
from backend.health.features import Seats, business_column, business_windows
from backend.health.many_days.seats import seat_spans, seats_of
from backend.health.many_days.span import LONGEST_SPAN, Grid, Span, rollups, steps_of
from backend.health.many_days.states import ENDED, TIERS, invoices, limits, terms, tickets, tiers
from backend.health.many_days.usage import long_uses, persons, usage
from backend.health.one_day import ints, lit

__all__ = ["LONGEST_SPAN", "Span", "late", "moving", "select", "several"]


def select(span: Span) -> str:
    """The SELECT of the features of every day of the span; accounts of the bound list `late` are left out."""
    grid = Grid()
    grid.ctes.append(_accounts(span))
    usage(span, grid)
    long_uses(span, grid)
    persons(span, grid)
    terms(span, grid)
    tiers(span, grid)
    tickets(span, grid)
    invoices(span, grid)
    limits(span, grid)
    seats = seats_of(span, grid)
    grid.ctes.append(_rare(span, grid))
    grid.joins.insert(0, "left join rare using (account_id, day)")
    base, is_open = span.base, span.is_open
    length = len(is_open)
    open_days = "{" + ",".join("t" if each else "f" for each in is_open) + "}"
    counts = list(accumulate(map(int, is_open)))
    shown = [f"{grid.columns[feature]} as {span.made.column(feature)}" for feature in span.made.features]
    for _, days in business_windows(span.made):
        before = f"({ints(counts)})[i - least({days}, day - since + 1)]"
        shown.append(f"({ints(counts)})[i] - coalesce({before}, 0) as {business_column(None, days)}")
    agg = ", ".join(f"array_agg({name} order by day) as {name}" for name in grid.arrays)
    places = ints((day - base).days + 1 for day in span.days)
    return f"""
        with {", ".join(grid.ctes)},
        cells as (
            select g.account_id, g.day, g.since, ('{open_days}'::bool[])[g.day - {lit(base)} + 1] as is_open
                {"".join(", " + cell for cell in grid.cells)}
            from (select account_id, since, ({lit(base)} + n)::date as day
                from (select * from picked order by account_id) p
                cross join lateral (
                    select n from generate_series(0, {length - 1}) n where p.since is not null offset 0) n
            ) g {" ".join(grid.joins)}),
        sums as (select account_id, day, is_open{"".join(", " + column for column in grid.running)}
            from cells window d as (partition by account_id order by day), w as (d rows unbounded preceding)),
        {seats}
        series as (select account_id, {agg} from seated group by account_id)
        select account_id, day, since, ((tier)[i]::bigint % {TIERS})::int as tier, {", ".join(shown)}
        from (select s.*, p.since, p.churned_on, i, ({lit(base)} + i - 1)::date as day
            from series s join picked p using (account_id)
            -- Named as depending on the series, so that the days of one account are drawn from arrays just read.
            cross join lateral (select i from unnest({places}) i where s.account_id is not null offset 0) i) s
        where day >= since and (churned_on is null or day < churned_on)
        and ((terms)[i]::bigint % {ENDED} > 0 or (terms)[i] < {ENDED})"""


def _accounts(span: Span, *, every: bool = False) -> str:
    chosen = f"{span.among('a')} and a.account_id <> all(cast(:late as uuid[]))" if every else span.picks("a")
    return f"""picked as materialized (
        select account_id, since, i.churned_on
        from (select id as account_id, customer_since as since from accounts) a
        left join account_internals i using (account_id)
        where {chosen} and a.since <= {lit(span.last)})"""


def _rare(span: Span, grid: Grid) -> str:
    """CTE `rare`: every rare column in one row an account and day."""
    names = list(grid.rare)
    rows = " union all ".join(
        f"select account_id, day, {number} as kind, n from ({steps}) s"
        for number, steps in enumerate(grid.rare.values())
    )
    columns = [
        f"{'max' if name in {'tier', 'due'} else 'sum'}(n) filter (where kind = {number}) as {name}"
        for number, name in enumerate(names)
    ]
    return f"""rare as (select account_id, day, {", ".join(columns)} from ({rows}) r
        where day <= {lit(span.last)} group by 1, 2)"""


def several(span: Span) -> str:
    """SELECT of the accounts with more than one fact of a metric on a day, which have to be added up first.

    Two facts of a metric and a day differ in source or in the day on which they were known, so that accounts with one
    source whose facts were all known on their own day need no closer look.
    """
    facts = rollups(span, span.among("u"))
    usual = f"(select u.source_id from {facts} limit 1)"
    return f"""select distinct account_id from (
        select u.account_id from {facts} and u.account_id = any(array(
            select distinct u.account_id from {facts} and (u.known_on <> u.day or u.source_id <> {usual})))
        group by u.account_id, u.day, u.metric_id having count(*) > 1) u"""


def moving(span: Span) -> str:
    """SELECT of the accounts whose seats change within the grid."""
    return f"""with {_accounts(span, every=True)}
        select distinct account_id from (select account_id, day from ({steps_of([seat_spans(span)], span)}) s
            where day > {lit(span.base)} and day <= {lit(span.last)} group by 1, 2 having sum(n) <> 0) s"""


def late(span: Span) -> str:
    """SELECT of the accounts with facts that, once known, changed days before: these are scored day by day."""
    first, last = lit(span.first), lit(span.last)
    begins, ends = span.begins("t", "starts"), span.ends("t", "ends")
    found = [
        f"""select t.account_id from (
            select t.account_id, {ends} as gone,
                lead({begins}) over (partition by t.account_id order by {begins}) as next
            from {TIER_SPANS} t where {span.among("t")} and {span.is_believed("t")} and {ends} > {begins}) t
        where next < gone"""
    ]
    if span.known is not None:
        return found[0]
    found += [
        f"""select u.account_id from {table} u where {span.among("u")} and u.day between {lit(span.earliest)} and {last}
        and u.known_on > u.day and u.known_on > greatest(u.day, {first}) and u.known_on <= {last}"""
        for table in ("usage_daily", "member_days")
    ]
    if any(isinstance(feature, Seats) for feature in span.made.features):
        changes = [
            f"""select t.account_id, t.{learnt} as learnt, {place} as day, t.seats * {sign} as n
            from {TERMS} t where {span.among("t")} and t.seats > 0 and t.starts < t.{learnt}
            and t.{learnt} > {first} and t.{learnt} <= {last}"""
            for learnt, sign, place in (
                ("known", 1, "t.starts"),
                ("known", -1, "least(t.ends, t.known)"),
                ("superseded", -1, "t.starts"),
                ("superseded", 1, "least(t.ends, t.superseded)"),
            )
        ]
        found.append(
            f"""select account_id from ({" union all ".join(changes)}) t
            group by account_id, learnt, day having sum(n) <> 0"""
        )
    return " union ".join(found)
