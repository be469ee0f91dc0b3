"""Seats with their ramp, and the members who were active in them."""

from __future__ import annotations

from backend.billing.queries import TERMS
from backend.health.features import ActiveDays, SeatDays, Seats
from backend.health.many_days.span import Grid, Span, difference, step_column, steps_of
from backend.health.one_day import ints, lit


def seat_spans(span: Span) -> str:
    """SELECT of (account_id, day, gone, n): seats as believed on each day, those before the first as believed then."""
    starts, ends, extra = "t.starts", "t.ends", span.is_believed("t")
    if not span.known:
        starts = f"case when t.known <= {lit(span.first)} then t.starts else greatest(t.starts, t.known) end"
        ends = "least(t.ends, t.superseded)"
        extra = f"t.superseded > {lit(span.first)}"
    return f"""select account_id, greatest({starts}, p.since) as day, {ends} as gone, t.seats as n
        from {TERMS} t join picked p using (account_id) where {span.among("t")} and {extra} and t.seats > 0"""


def _open_days(span: Span, days: int) -> str:
    """Business days of the window that ends on day i, cut at the first day of the grid."""
    is_open = span.is_open
    return f"({ints(sum(is_open[max(0, n - days) : n]) for n in range(1, len(is_open) + 1))})[i]"


def seats_of(span: Span, grid: Grid) -> str:
    """CTEs that end in `seated`: `sums` with the running sums of seats and of active members."""
    features = span.made.features
    ramps = list(dict.fromkeys(f.ramp for f in features if isinstance(f, Seats)))
    if not ramps:
        return "seated as (select * from sums),"
    step_column(grid, "seats", steps_of([seat_spans(span)], span))
    grid.running[-1] = "sum(coalesce(seats, 0)::int) over w as seats"
    open_days = {
        f: _open_days(span, f.days) if not span.seats_move else difference("seat_days", f.days) for f in features
    }
    for feature in features:
        match feature:
            case Seats() if span.seats_move:
                grid.columns[feature] = difference(f"ramp_{feature.ramp}", feature.days)
            case Seats():
                grid.columns[feature] = f"(seats)[i] * 1000000 * {open_days[feature]}"
            case SeatDays():
                grid.columns[feature] = open_days[feature]
            case ActiveDays():
                grid.columns[feature] = difference("active", feature.days)
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
