"""From leaves to scores, bands and rows, in SQL: the second half of scoring, one statement an audience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from backend.health import rules
from backend.health.definition import Model
from backend.health.leaf_sql import STAGE, code_columns, codes

Audience = Literal["staff", "customer"]
SNAPSHOTS: dict[Audience, str] = {"staff": "health_snapshots", "customer": "customer_health_snapshots"}
CURRENT: dict[Audience, str] = {"staff": "current_health", "customer": "current_customer_health"}

ROW = (
    "model_version, profile, score, band, coverage,"
    " statuses, numerators, denominators, normalised, weights, contributions"
)


@dataclass(frozen=True)
class Weights:
    """Effective weights of the combinations of statuses that occur, for one audience."""

    places: tuple[int, ...]
    rows: tuple[tuple[str, int, tuple[int, ...]], ...]
    """Statuses of all leaves, coverage, weights in the order of `places`; all 0 where there is not enough data."""

    def relation(self) -> str:
        """The weights as a relation: code1 …, coverage, statuses, weights, w1, w2 …"""
        values = ", ".join(
            f"({', '.join(f'{code}::bigint' for code in codes(statuses))}, {covered},"
            f" '{''.join(statuses[place] for place in self.places)}'::text,"
            f" '{{{','.join(map(str, weights))}}}'::int[], {', '.join(map(str, weights))})"
            for statuses, covered, weights in self.rows
        )
        names = ", ".join(f"w{number}" for number in range(1, len(self.places) + 1))
        return f"(values {values}) as w ({self.joined_by()}, coverage, statuses, weights, {names})"

    def joined_by(self) -> str:
        """The columns by which the leaves find their weights."""
        return ", ".join(code_columns(len(self.rows[0][0])))


def weights(model: Model, places: Sequence[int], occurring: Sequence[str]) -> Weights:
    """The weights of an audience for the statuses that occur."""
    nominal = rules.nominal_weights(model, places)
    groups = [model.leaves[place].group for place in places]
    rows = []
    for statuses in occurring:
        missing = [n for n, place in enumerate(places) if statuses[place] in rules.MISSING]
        covered = rules.coverage(nominal, missing)
        enough = covered and covered >= model.minimum_coverage
        effective = rules.effective_weights(nominal, groups, missing) if enough else [0] * len(places)
        rows.append((statuses, covered, tuple(effective)))
    return Weights(tuple(places), tuple(rows))


def scores(model: Model, version: int, chosen: Weights) -> str:
    """SELECT of account_id, day and the columns of ROW but the band, for every row of the stage."""
    n = range(1, len(chosen.places) + 1)
    at = {number: place + 1 for number, place in zip(n, chosen.places, strict=True)}
    weighed = [j for j in n if any(weights[j - 1] for _, _, weights in chosen.rows)] or [1]
    products = ", ".join(f"coalesce(v{at[j]}, 0)::bigint * w{j} as p{j}" for j in weighed)
    floors = ", ".join(f"(p{j} / 1000000)::int as c{j}, (p{j} % 1000000)::int * 64 + {63 - j} as k{j}" for j in weighed)
    total = f"(({' + '.join(f'p{j}' for j in weighed)}) / 1000000)::int"
    given = []
    for j in n:
        before = " + ".join(f"(k{i} > k{j})::int" for i in weighed if i != j) or "0"
        one_more = f"c{j} + case when extra > 0 and {before} < extra then 1 else 0 end"
        given.append(one_more if j in weighed else "0")
    arrays = {"n": ("numerators", "float8"), "d": ("denominators", "float8"), "v": ("normalised", "int")}
    kept = f"statuses, {', '.join(name for name, _ in arrays.values())}, weights"
    shown = ", ".join(
        f"array[{', '.join(f'{short}{at[j]}' for j in n)}]::{kind}[] as {name}"
        for short, (name, kind) in arrays.items()
    )
    return f"""
        select account_id, day, {version} as model_version, profile,
            case when coverage >= {max(model.minimum_coverage, 1)} then total end as score, coverage,
            {kept}, array[{", ".join(given)}] as contributions
        from (select *, total - ({" + ".join(f"c{j}" for j in weighed)}) as extra
            from (select account_id, day, profile, coverage, {kept}, {floors}, {total} as total
                from (select account_id, day, profile, coverage, statuses, {shown}, weights, {products}
                    from {STAGE} join {chosen.relation()} using ({chosen.joined_by()}) offset 0) p
                offset 0) q offset 0) r"""


def closing(model: Model, scored: str, prior: str, *, several_days: bool) -> str:
    """SELECT of account_id, day and ROW with the band, each day's following from the day before.

    `prior` is a relation (account_id, band) of the last closing bands before the first day. Each of the two cuts is a
    trigger with two thresholds: the last score beyond either of them decides. That is the running maximum of
    day × 2 + state over the days that decide, so that all days of an account are one pass over a window.
    """
    cuts = model.cuts
    red = f"case when score < {cuts.red} then 1 when score >= {cuts.red + cuts.margin} then 0 end"
    green = f"case when score > {cuts.green + cuts.margin} then 1 when score <= {cuts.green} then 0 end"
    if several_days:
        over = "over (partition by account_id order by day rows unbounded preceding)"
        number = "(day - date '2000-01-01') * 2"
        red, green = (f"(max({number} + ({decides})) {over}) & 1" for decides in (red, green))
    columns = ROW.replace("band", _band("b"))
    return f"""
        select account_id, day, {columns} from (
            select s.*, coalesce({red}, case p.band when 'RED' then 1 else 0 end) as is_red,
                coalesce({green}, case when p.band is null or p.band = 'GREEN' then 1 else 0 end) as is_green
            from ({scored}) s left join {prior} p using (account_id)) b"""


def _band(alias: str) -> str:
    return (
        f"case when {alias}.score is null then 'INSUFFICIENT_DATA' when {alias}.is_red = 1 then 'RED'"
        f" when {alias}.is_green = 1 then 'GREEN' else 'YELLOW' end as band"
    )


def category(model: Model, band: str, score: str) -> str:
    """The retention category of a band and a score."""
    return (
        f"case {band} when 'RED' then 'CRITICAL' when 'GREEN' then 'SECURE' when 'YELLOW' then"
        f" case when {score} < {model.cuts.at_risk} then 'AT_RISK' else 'MONITOR' end end"
    )


def last_bands(audience: Audience, day: str, among: str, *, latest: bool) -> str:
    """Relation (account_id, band) of the last closing band with data before a day.

    `latest`: of the newest revisions; otherwise of the closings as first known.
    """
    first = "" if latest else "and c.revision = 0"
    return f"""(select distinct on (c.account_id) c.account_id, c.band from {SNAPSHOTS[audience]} c
        where {among} and c.day < {day} and c.band <> 'INSUFFICIENT_DATA' {first}
        order by c.account_id, c.day desc, c.revision desc)"""


def stored(audience: Audience, rows: str, today: date | None, *, some_exist: bool) -> str:
    """INSERT of rows as closings where there are none; with `today`, as a revision of every newest that differs."""
    table = SNAPSHOTS[audience]
    columns, values = ("known_on, ", "r.day, ") if audience == "staff" else ("", "")
    if today is None:
        return f"""insert into {table} (account_id, day, revision, {columns}{ROW})
            select r.account_id, r.day, 0, {values}{ROW} from ({rows}) r
            {"on conflict do nothing" if some_exist else ""}"""
    if audience == "staff":
        values = f"date '{today.isoformat()}', "
    return f"""insert into {table} (account_id, day, revision, {columns}{ROW})
        select r.account_id, r.day, coalesce(h.revision, 0) + 1, {values}{_of("r")} from ({rows}) r
        left join lateral (select * from {table} h where h.account_id = r.account_id and h.day = r.day
            order by h.revision desc limit 1) h on true
        where {_differs}"""


def compared(table: str, rows: str, today: date | None) -> str:
    """SELECT of how many rows came out as they are stored (`unchanged`), and how many otherwise (`differing`).

    As known then they are compared with the first closings, with `today` with the newest revisions.
    """
    newest = "true" if today else "h.revision = 0"
    return f"""
        select count(*) filter (where not ({_differs})) as unchanged, count(*) filter (where {_differs}) as differing
        from ({rows}) r join lateral (select * from {table} h where h.account_id = r.account_id and h.day = r.day
            and {newest} order by h.revision desc limit 1) h on true"""


def _of(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in ROW.split(", "))


_differs = f"({_of('h')}) is distinct from ({_of('r')})"
