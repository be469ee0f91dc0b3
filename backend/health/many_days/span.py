"""The days that one SELECT scores, and what it is put together from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from backend.health.features import Feature, Limit, Overdue, Plan, Sentiment, Tickets, Uses, reach
from backend.health.one_day import Among, believed, lit

LONG_DAYS = 60
LONGEST_SPAN = 1_500
"""Days of a span, so that with the longest lookback no counter reaches its highest bit."""


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
    def is_open(self) -> list[bool]:
        """Of each day of the grid whether it is a business day."""
        length = (self.last - self.base).days + 1
        return [self.made.model.is_business_day(self.base + timedelta(days=n)) for n in range(length)]

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
class Grid:
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


def rollups(span: Span, accounts: str) -> str:
    """The rollups `u` in the grid, of accounts for which a condition holds."""
    days = f"u.day between {lit(span.base)} and {lit(span.last)}"
    return f"usage_daily u where {accounts} and {days} and {span.is_known('u')}"


def difference(name: str, days: int, offset: int = 0) -> str:
    """The sum of the window that ends `offset` days before day i, from running sums."""
    end = f"coalesce(({name})[i - {offset}], 0)" if offset else f"({name})[i]"
    return f"({end} - coalesce(({name})[i - {days + offset}], 0))"


def steps_of(spans: Sequence[str], span: Span) -> str:
    """SELECT of (account_id, day, n), what begins less what ends on a day, of SELECTs of (account_id, day, gone, n)."""
    both, base = " union all ".join(spans), lit(span.base)
    return f"""select account_id, greatest(day, {base}) as day, n::float8 as n from ({both}) s where gone > day
        union all
        select account_id, greatest(gone, {base}), -n::float8 from ({both}) s where gone > day"""


def step_column(grid: Grid, name: str, steps: str) -> None:
    """A column whose running sum is how much of the steps counts on a day."""
    grid.rare[name] = steps
    grid.cells.append(name)
    grid.running.append(f"sum(coalesce({name}, 0)) over w as {name}")
    grid.arrays.append(name)
