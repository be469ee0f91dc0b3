"""What holds for a span of days: subscriptions, tiers, tickets, invoices, limits."""

from __future__ import annotations

from backend.accounts.queries import TIER_SPANS
from backend.billing.queries import OPEN_INVOICES, TERMS
from backend.health.features import Limit, Overdue, Sentiment, Tickets
from backend.health.many_days.span import Grid, Span, step_column, steps_of
from backend.health.many_days.usage import NEVER
from backend.health.one_day import lit, tier_place
from backend.support.queries import JUDGED_TICKETS

NUMBER = "date '0001-01-01'"
"""Days are counted from here where they must be positive numbers."""
ENDED = 1_000_000
"""More subscriptions than any account has at a time."""
TIERS = 1000
"""More tiers than any program has."""


def terms(span: Span, grid: Grid) -> None:
    """Whether the account has a subscription, and whether one has ended: who is a customer on a day."""
    source = f"from {TERMS} t join picked using (account_id) where {span.among('t')} and {span.is_believed('t')}"
    runs = f"select account_id, {span.begins('t', 'starts')} as day, {span.ends('t', 'ends')} as gone, 1 as n {source}"
    ended = f"select account_id, {span.begins('t', 'ends')}, {_for_ever(span, 't')}, {ENDED} {source}"
    # Both counts in one number: those that run, and ENDED times those that have ended.
    step_column(grid, "terms", steps_of([runs, f"{ended} and t.ends < date 'infinity'"], span))


def _for_ever(span: Span, alias: str) -> str:
    return "date 'infinity'" if span.known else f"{alias}.superseded"


def tiers(span: Span, grid: Grid) -> None:
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


def tickets(span: Span, grid: Grid) -> None:
    """Tickets of windows, and their sentiment."""
    for feature in span.made.features:
        if isinstance(feature, Tickets | Sentiment):
            name = f"t_{type(feature).__name__.lower()}_{feature.days}"
            number = "1" if isinstance(feature, Tickets) else "t.sentiment"
            ends = f"t.opened + {feature.days}"
            ends = ends if span.known else f"least({ends}, t.superseded)"
            spans = f"""select account_id, {span.begins("t", "opened")} as day, {ends} as gone, {number} as n
                from {JUDGED_TICKETS} t join picked p using (account_id)
                where {span.among("t")} and {span.is_believed("t")} and t.opened >= p.since"""
            step_column(grid, name, steps_of([spans], span))
            grid.columns[feature] = f"({name})[i]"


def invoices(span: Span, grid: Grid) -> None:
    """Since when the invoice that is overdue for longest is."""
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


def limits(span: Span, grid: Grid) -> None:
    """What the subscriptions of a day include."""
    for number, feature in enumerate(f for f in span.made.features if isinstance(f, Limit)):
        name = f"limit_{number}"
        spans = f"""select account_id, {span.begins("t", "starts")} as day, {span.ends("t", "ends")} as gone,
            t.limit_quantity as n from {TERMS} t join picked using (account_id)
            where {span.among("t")} and {span.is_believed("t")}
            and t.limit_metric = '{feature.metric}' and t.limit_quantity is not null"""
        step_column(grid, name, steps_of([spans], span))
        grid.columns[feature] = f"nullif(({name})[i], 0)"
