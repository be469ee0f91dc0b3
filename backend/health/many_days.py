"""Features of many days for a set of accounts, as one SELECT: facts are read once, windows are differences.

Facts are added up to one row an account and day; running sums over a gapless grid of days become one array per number
and account, and the sum of a window is the difference of two elements. What is true in a span of days, such as a
subscription, enters the grid as +n at its beginning and -n behind its end.

The SELECT speaks as known at the end of each day. That needs no second pass, since a fact counts from the day on
which it was known; only where a late fact changes days *before* that (`late`) must days be scored one by one.
With `known`, every day is scored with what was known on that one day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from backend.accounts.queries import TIER_SPANS
from backend.billing.queries import OPEN_INVOICES, TERMS
from backend.health.features import (
    COUNTER,
    PACKED,
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
    business_column,
    business_windows,
    reach,
)
from backend.health.one_day import Among, believed, in_metrics, ints, lit, tier_place
from backend.support.queries import JUDGED_TICKETS

NUMBER = "date '0001-01-01'"
"""Days are counted from here where they must be positive numbers."""
LONG_DAYS = 60
PERSONS, PERSONS_PACKED = 26, 2
"""Bits of a number of members, and how many such numbers are added up as one: a float8 is exact up to 2^53."""
HIGHEST = sum(1 << (COUNTER * n + COUNTER - 1) for n in range(PACKED))
FILLED = HIGHEST - sum(1 << COUNTER * n for n in range(PACKED))
LONGEST_SPAN = 1_500
"""Days of a span, so that with the longest lookback no counter reaches its highest bit."""
ENDED = 1_000_000
"""More subscriptions than any account has at a time."""
NEVER = -1_000_000
"""Stands in an array for a day that there is none of: an array with NULLs is read from its start for each element."""
BLOCK = 1 << 40
"""More users than any fact names."""
PEAK = "peak_of_facts"
"""The most users that one fact of a metric and day names."""
TIERS = 1000
"""More tiers than any program has."""


@dataclass(frozen=True)
class Span:
    """The days that one SELECT scores."""

    made: Plan
    days: Sequence[date]
    known: date | None
    """None: as known at the end of each day."""
    among: Among
    seats_move: bool = True
    """The accounts of the bound list `moving`, whose seats change, or (False) the others."""

    @property
    def first(self) -> date:
        """First scored day."""
        return self.days[0]

    @property
    def last(self) -> date:
        """Last scored day."""
        return self.days[-1]

    @property
    def base(self) -> date:
        """First day of the grid."""
        reaches = [reach(feature) for feature in self.made.features if needs_days(feature)]
        return self.first - timedelta(days=max(reaches, default=1) - 1)

    @property
    def earliest(self) -> date:
        """First day whose facts are read."""
        return self.first - timedelta(days=self.made.lookback - 1)

    def is_known(self, alias: str) -> str:
        """Condition that a fact of a day counts: known by then, or before the first scored day."""
        if self.known:
            return f"{alias}.known_on <= {lit(self.known)}"
        return f"{alias}.known_on <= greatest({alias}.day, {lit(self.first)})"

    def picks(self, alias: str) -> str:
        """Condition that a row is of an account that this SELECT scores."""
        account = f"{alias}.account_id"
        moves = f"{'' if self.seats_move else 'not '}{account} = any(cast(:moving as uuid[]))"
        return f"{self.among(alias)} and {account} <> all(cast(:late as uuid[])) and {moves}"

    def is_believed(self, alias: str) -> str:
        """Condition that a span counts at all."""
        return believed(alias, self.known) if self.known else "true"

    def begins(self, alias: str, column: str) -> str:
        """The first day on which a span counts."""
        return f"{alias}.{column}" if self.known else f"greatest({alias}.{column}, {alias}.known)"

    def ends(self, alias: str, column: str) -> str:
        """The first day on which it does not count any more."""
        return f"{alias}.{column}" if self.known else f"least({alias}.{column}, {alias}.superseded)"


def is_long(feature: Feature) -> bool:
    """Whether a window is so long that its days are not worth a place in the grid: each use is a span of its own."""
    return isinstance(feature, Uses) and feature.days > LONG_DAYS and not feature.offset


def needs_days(feature: Feature) -> bool:
    """Whether the days of a window must be in the grid; spans begin and end in it wherever they lie."""
    return not is_long(feature) and not isinstance(feature, Tickets | Sentiment | Overdue | Limit)


@dataclass
class _Grid:
    """What the SELECT is put together from."""

    ctes: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    rare: dict[str, str] = field(default_factory=dict)
    """Column → relation (account_id, day, n) with few rows; all of them reach the grid in one join."""
    cells: list[str] = field(default_factory=list)
    """Columns of a day, before sums."""
    running: list[str] = field(default_factory=list)
    """Columns over the window `w`: all days of the account up to this one."""
    arrays: list[str] = field(default_factory=list)
    columns: dict[Feature, str] = field(default_factory=dict)


def select(span: Span) -> str:
    """The SELECT of the features of every day of the span; accounts of the bound list `late` are left out."""
    grid = _Grid()
    grid.ctes.append(_accounts(span))
    _usage(span, grid)
    _long_uses(span, grid)
    _persons(span, grid)
    _terms(span, grid)
    _tiers(span, grid)
    _tickets(span, grid)
    _invoices(span, grid)
    _limits(span, grid)
    seats = _seats(span, grid)
    grid.ctes.append(_rare(span, grid))
    grid.joins.insert(0, "left join rare using (account_id, day)")
    model, base = span.made.model, span.base
    length = (span.last - base).days + 1
    every = [base + timedelta(days=n) for n in range(length)]
    open_days = "{" + ",".join("t" if model.is_business_day(day) else "f" for day in every) + "}"
    counts = [sum(map(model.is_business_day, every[:n])) for n in range(1, length + 1)]
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


def _usage(span: Span, grid: _Grid) -> None:
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
                    count = f"{_difference(total, feature.days)}::bigint"
                    # Adding all ones but the highest carries into the highest bit of every counter that is not 0.
                    words.append(f"((({count} + {FILLED}) & {HIGHEST}) >> {COUNTER - 1 - start // PACKED})")
                grid.columns[feature] = f"({' | '.join(words)})" if words else "0::bigint"
            case Uses():
                where = in_metrics("metric_id", feature.metrics)
                name = cell(Uses, feature.metrics, f"sum(uses) filter (where {where})")
                total = running(f"sum(coalesce({name}, 0)) over w", f"r{name}")
                grid.columns[feature] = _difference(total, feature.days, feature.offset)
            case UsedDays():
                where = in_metrics("metric_id", feature.metrics)
                name = cell(UsedDays, feature.metrics, f"bool_or(uses > 0 and {where})")
                total = running(f"sum((coalesce({name}, false) and is_open)::int) over w", f"r{name}")
                grid.columns[feature] = _difference(total, feature.days)
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
    facts = _rollups(span, span.picks("u"))
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


def _rollups(span: Span, accounts: str) -> str:
    """The rollups `u` in the grid, of accounts for which a condition holds."""
    days = f"u.day between {lit(span.base)} and {lit(span.last)}"
    return f"usage_daily u where {accounts} and {days} and {span.is_known('u')}"


def _long_uses(span: Span, grid: _Grid) -> None:
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
        _step_column(grid, name, _steps([f"select * from uses_{name}"], span))
        grid.columns[feature] = f"({name})[i]"


def _difference(name: str, days: int, offset: int = 0) -> str:
    """The sum of the window that ends `offset` days before day i, from running sums."""
    end = f"coalesce(({name})[i - {offset}], 0)" if offset else f"({name})[i]"
    return f"({end} - coalesce(({name})[i - {days + offset}], 0))"


def _persons(span: Span, grid: _Grid) -> None:
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
        _step_column(grid, name, _steps(spans, span))


def _steps(spans: Sequence[str], span: Span) -> str:
    """SELECT of (account_id, day, n), what begins less what ends on a day, of SELECTs of (account_id, day, gone, n)."""
    both, base = " union all ".join(spans), lit(span.base)
    return f"""select account_id, greatest(day, {base}) as day, n::float8 as n from ({both}) s where gone > day
        union all
        select account_id, greatest(gone, {base}), -n::float8 from ({both}) s where gone > day"""


def _step_column(grid: _Grid, name: str, steps: str) -> None:
    """A column whose running sum is how much of the steps counts on a day."""
    grid.rare[name] = steps
    grid.cells.append(name)
    grid.running.append(f"sum(coalesce({name}, 0)) over w as {name}")
    grid.arrays.append(name)


def _rare(span: Span, grid: _Grid) -> str:
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


def _terms(span: Span, grid: _Grid) -> None:
    """Whether the account has a subscription, and whether one has ended: who is a customer on a day."""
    source = f"from {TERMS} t join picked using (account_id) where {span.among('t')} and {span.is_believed('t')}"
    runs = f"select account_id, {span.begins('t', 'starts')} as day, {span.ends('t', 'ends')} as gone, 1 as n {source}"
    ended = f"select account_id, {span.begins('t', 'ends')}, {_for_ever(span, 't')}, {ENDED} {source}"
    # Both counts in one number: those that run, and ENDED times those that have ended.
    _step_column(grid, "terms", _steps([runs, f"{ended} and t.ends < date 'infinity'"], span))


def _for_ever(span: Span, alias: str) -> str:
    return "date 'infinity'" if span.known else f"{alias}.superseded"


def _tiers(span: Span, grid: _Grid) -> None:
    """The tier of a day: of the span that began last. A running maximum, in which a beginning outweighs an end."""
    model = span.made.model
    source = f"from {TIER_SPANS} t join picked using (account_id) where {span.among('t')} and {span.is_believed('t')}"
    begins, ends = span.begins("t", "starts"), span.ends("t", "ends")
    grid.rare["tier"] = f"""
        select account_id, greatest(day, {lit(span.base)}) as day, mark::float8 as n from (
            select account_id, {begins} as day,
                (({begins} - {NUMBER}) * 2 + 1)::bigint * {TIERS} + {tier_place(model, "t.tier_key")} as mark
            {source} and {ends} > {begins}
            union all
            select account_id, {ends}, (({ends} - {NUMBER}) * 2)::bigint * {TIERS}
            {source} and {ends} > {begins} and {ends} < date 'infinity') t"""
    grid.cells.append("tier")
    grid.running.append("coalesce(max(tier) over w, 0) as tier")
    grid.arrays.append("tier")


def _tickets(span: Span, grid: _Grid) -> None:
    for feature in span.made.features:
        if isinstance(feature, Tickets | Sentiment):
            name = f"t_{type(feature).__name__.lower()}_{feature.days}"
            number = "1" if isinstance(feature, Tickets) else "t.sentiment"
            ends = f"t.opened + {feature.days}"
            ends = ends if span.known else f"least({ends}, t.superseded)"
            spans = f"""select account_id, {span.begins("t", "opened")} as day, {ends} as gone, {number} as n
                from {JUDGED_TICKETS} t join picked p using (account_id)
                where {span.among("t")} and {span.is_believed("t")} and t.opened >= p.since"""
            _step_column(grid, name, _steps([spans], span))
            grid.columns[feature] = f"({name})[i]"


def _invoices(span: Span, grid: _Grid) -> None:
    wanted = span.made.of(Overdue)
    if not wanted:
        return
    issued = "i.issued" if span.known else "i.issued, i.known"
    ends = span.ends("i", "settled")
    grid.rare["due"] = f"""
        select i.account_id, day::date as day, {lit(span.last)} - min(i.due) as n
        from (select i.account_id, i.due, greatest(i.due + 1, {issued}, {lit(span.first)}) as first,
                least({ends}, {lit(span.last)} + 1) - 1 as last
            from {OPEN_INVOICES} i where {span.among("i")} and {span.is_believed("i")}) i
        cross join generate_series(i.first, i.last, interval '1 day') day group by 1, 2"""
    grid.cells.append("due")
    grid.running.append(f"coalesce(due, {NEVER}) as due")
    grid.arrays.append("due")
    length = (span.last - span.base).days + 1
    for feature in wanted:
        grid.columns[feature] = f"nullif((due)[i], {NEVER})::int - ({length} - i)"


def _limits(span: Span, grid: _Grid) -> None:
    for number, feature in enumerate(f for f in span.made.features if isinstance(f, Limit)):
        name = f"limit_{number}"
        spans = f"""select account_id, {span.begins("t", "starts")} as day, {span.ends("t", "ends")} as gone,
            t.limit_quantity as n from {TERMS} t join picked using (account_id)
            where {span.among("t")} and {span.is_believed("t")}
            and t.limit_metric = '{feature.metric}' and t.limit_quantity is not null"""
        _step_column(grid, name, _steps([spans], span))
        grid.columns[feature] = f"nullif(({name})[i], 0)"


def several(span: Span) -> str:
    """SELECT of the accounts with more than one fact of a metric on a day, which have to be added up first.

    Two facts of a metric and a day differ in source or in the day on which they were known, so that accounts with one
    source whose facts were all known on their own day need no closer look.
    """
    facts = _rollups(span, span.among("u"))
    usual = f"(select u.source_id from {facts} limit 1)"
    return f"""select distinct account_id from (
        select u.account_id from {facts} and u.account_id = any(array(
            select distinct u.account_id from {facts} and (u.known_on <> u.day or u.source_id <> {usual})))
        group by u.account_id, u.day, u.metric_id having count(*) > 1) u"""


def seat_spans(span: Span) -> str:
    """SELECT of (account_id, day, gone, n): seats as believed on each day, those before the first as believed then."""
    starts, ends, extra = "t.starts", "t.ends", span.is_believed("t")
    if not span.known:
        starts = f"case when t.known <= {lit(span.first)} then t.starts else greatest(t.starts, t.known) end"
        ends = "least(t.ends, t.superseded)"
        extra = f"t.superseded > {lit(span.first)}"
    return f"""select account_id, greatest({starts}, p.since) as day, {ends} as gone, t.seats as n
        from {TERMS} t join picked p using (account_id) where {span.among("t")} and {extra} and t.seats > 0"""


def moving(span: Span) -> str:
    """SELECT of the accounts whose seats change within the grid."""
    return f"""with {_accounts(span, every=True)}
        select distinct account_id from (select account_id, day from ({_steps([seat_spans(span)], span)}) s
            where day > {lit(span.base)} and day <= {lit(span.last)} group by 1, 2 having sum(n) <> 0) s"""


def _open_days(span: Span, days: int) -> str:
    """Business days of the window that ends on day i, cut at the first day of the grid."""
    model, length = span.made.model, (span.last - span.base).days + 1
    is_open = [model.is_business_day(span.base + timedelta(days=n)) for n in range(length)]
    return f"({ints(sum(is_open[max(0, n - days) : n]) for n in range(1, length + 1))})[i]"


def _seats(span: Span, grid: _Grid) -> str:
    """CTEs that end in `seated`: `sums` with the running sums of seats and of active members."""
    features = span.made.features
    ramps = list(dict.fromkeys(f.ramp for f in features if isinstance(f, Seats)))
    if not ramps:
        return "seated as (select * from sums),"
    _step_column(grid, "seats", _steps([seat_spans(span)], span))
    grid.running[-1] = "sum(coalesce(seats, 0)::int) over w as seats"
    open_days = {
        f: _open_days(span, f.days) if not span.seats_move else _difference("seat_days", f.days) for f in features
    }
    for feature in features:
        match feature:
            case Seats() if span.seats_move:
                grid.columns[feature] = _difference(f"ramp_{feature.ramp}", feature.days)
            case Seats():
                grid.columns[feature] = f"(seats)[i] * 1000000 * {open_days[feature]}"
            case SeatDays():
                grid.columns[feature] = open_days[feature]
            case ActiveDays():
                grid.columns[feature] = _difference("active", feature.days)
            case _:
                pass
    active = "coalesce(greatest(users, persons), 0)::float8"  # the sum of int8 would be a numeric
    if not span.seats_move:
        grid.running.append(f"sum(case when is_open then {active} else 0 end) over w as active")
        grid.arrays.append("active")
        return "seated as (select * from sums),"
    grid.arrays.remove("seats")
    grid.running.append(f"{active} as active")
    ramped, totals = [], []
    for ramp in ramps:
        frame = f"(partition by account_id order by day rows between {max(ramp, 1) - 1} preceding and current row)"
        ramped.append(
            f"""case when is_open and seats > 0
            then least(seats * 1000000, (sum(seats::int) over {frame} * 1000000)::bigint
            / count(*) filter (where seats > 0) over {frame})::bigint else 0 end as ramp_{ramp}"""
        )
        totals.append(f"sum(ramp_{ramp}::float8) over w as ramp_{ramp}")
    kept = "".join(f", {name}" for name in grid.arrays)
    grid.arrays += [*(f"ramp_{ramp}" for ramp in ramps), "seat_days", "active"]
    return f"""
        ramped as (
            select account_id, day{kept}, is_open and seats > 0 as counts, active, {", ".join(ramped)} from sums),
        seated as (select account_id, day{kept}, {", ".join(totals)}, sum(counts::int) over w as seat_days,
            sum(case when counts then active else 0 end) over w as active
            from ramped window w as (partition by account_id order by day rows unbounded preceding)),"""


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
