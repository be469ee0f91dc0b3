"""What the case study says: which accounts fell most, why, and how they fared, with and without the seat ramp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

FIRST_DAY, LAST_DAY = date(2022, 1, 1), date(2024, 1, 6)
QUARTER = (date(2023, 4, 1), date(2023, 7, 1))
AFTERWARDS = date(2024, 1, 1)

FALLEN = """
select a.external_id, a.name, before.score as score_0, after.score as score_1,
       waymark_health_change_sentence(a.id, $1, $2) as sentence
from accounts a
join lateral (select score from health_snapshots where account_id = a.id and day = $1
              order by revision desc limit 1) before on before.score is not null
join lateral (select score from health_snapshots where account_id = a.id and day = $2
              order by revision desc limit 1) after on after.score is not null
where exists (select 1 from subscriptions s where s.account_id = a.id and s.starts_on <= $2
              and (s.ends_on is null or s.ends_on > $2))
order by after.score - before.score, a.external_id
"""
"""Every account that paid on the last day and had a score on both, the deepest fall first."""

MRR = """
select a.external_id,
       coalesce(sum(s.mrr_minor) filter (where s.starts_on <= $1 and s.ends_on > $1), 0)::bigint as before,
       coalesce(sum(s.mrr_minor) filter (where s.starts_on <= $2 and s.ends_on > $2), 0)::bigint as after
from accounts a join subscriptions s on s.account_id = a.id
group by 1
"""
"""Monthly recurring revenue of each account on two days, minor units."""

LEAVES = """
select l.name, l.weight, count(*) filter (where substr(s.statuses, l.position, 1) in ('M', 'Z', 'S')) as measured,
       count(*) as accounts
from health_snapshots s join health_leaves l on l.model_version = s.model_version and l.profile = 0
where s.day = $1 and s.score is not null and l.weight > 0
group by l.name, l.weight, l.position order by l.position
"""

COUNTS = """
select (select count(*) from accounts) as accounts, (select count(*) from subscriptions) as subscriptions,
       (select sum(rows_taken) from imports where kind = 'usage')::bigint as usage_rows,
       (select sum(rows_rejected) from imports)::bigint as rejected,
       (select count(*) from health_snapshots) as snapshots, (select count(distinct day) from health_snapshots) as days
"""


@dataclass(frozen=True)
class Fall:
    """The fall of one account over the quarter; scores in micro-points."""

    account: str
    name: str
    before: int
    after: int
    sentence: str


@dataclass(frozen=True)
class Evidence:
    """What one run found."""

    falls: Sequence[Fall]
    mrr: dict[str, tuple[int, int]]
    leaves: Sequence[tuple[str, int, int, int]]
    counts: dict[str, int]


async def evidence(connection: asyncpg.Connection[asyncpg.Record]) -> Evidence:
    """Read a scored database."""
    falls = [Fall(*row) for row in await connection.fetch(FALLEN, *QUARTER)]
    mrr = {
        row["external_id"]: (row["before"], row["after"]) for row in await connection.fetch(MRR, QUARTER[1], AFTERWARDS)
    }
    leaves = [tuple(row) for row in await connection.fetch(LEAVES, QUARTER[1])]
    counts = await connection.fetchrow(COUNTS)
    assert counts is not None, "an aggregate has a row"  # noqa: S101
    return Evidence(falls, mrr, leaves, dict(counts))


def page(ours: Evidence, without_ramp: Evidence) -> str:
    """The text of docs/case-study.md."""
    fed = [leaf for leaf in ours.leaves if leaf[2]]
    unfed = [leaf for leaf in ours.leaves if not leaf[2]]
    top, top_without = ours.falls[:10], without_ramp.falls[:10]
    both = {fall.account for fall in top} & {fall.account for fall in top_without}
    listed = {fall.account for fall in (*top, *top_without)}
    rest = [fall.account for fall in ours.falls if fall.account not in listed]
    lines = [
        "# Case study: two years of a simulated CRM",
        "",
        "Every figure on this page comes from a **simulation**: the output of ChurnSim's model `crm5`, the simulator that",
        'Carl Gold published with his book "Fighting Churn with Data" (Manning, 2020), run with a fixed seed. It has plans,',
        "seats, add-ons, 25 kinds of daily usage and customers who leave. No company's customers are in it. With its default",
        "parameters most churn is drawn at random and does not follow from usage, so it is a test of whether Waymark",
        "measures and explains, and no evidence of whether health foretells churn.",
        "",
        "This page is written by one command, which imports the three files of the data set and scores every week from",
        f"{FIRST_DAY} to {LAST_DAY}:",
        "",
        "```console",
        "$ make case-study DATA=../shared/data/churnsim_crm5_b2b",
        "```",
        "",
        f"It takes {ours.counts['accounts']:,} accounts, {ours.counts['subscriptions']:,} subscription terms and {ours.counts['usage_rows']:,} rows of daily",
        f"usage, refuses {ours.counts['rejected']:,} rows, and stores {ours.counts['snapshots']:,} closing scores on {ours.counts['days']} days.",
        "",
        "## What this data can feed",
        "",
        f"{len(fed)} of {len(ours.leaves)} leaves of the default model, {sum(leaf[1] for leaf in fed) / 10_000:g} % of its weight.",
        "The weight of the others goes to those that are measured, within their group first.",
        "",
        "| leaf | weight | fed for |",
        "|---|---|---|",
        *(
            f"| {name} | {weight / 10_000:g} % | "
            + (f"{measured} of {accounts} accounts |" if measured else "nobody: no source |")
            for name, weight, measured, accounts in ours.leaves
        ),
        "",
        f"Without a source: {', '.join(leaf[0].lower() for leaf in unfed)}.",
        "They need a helpdesk, votes for features, a community and invoices. The simulation has none of them, and Waymark",
        "does not take their absence for a zero.",
        "",
        f"## The ten that fell most from {QUARTER[0]} to {QUARTER[1]}",
        "",
        "Among accounts with a subscription on the last day. The parts of a sentence add up to its change. *Seats*, *earlier*",
        "*use* and *business days* are what a leaf is measured against; *the model* is the end of an account's first 30 days,",
        "when the anchors become those of a grown account; *what is measured* is weight that a leaf gained or lost because",
        "another leaf began or ceased to apply.",
        "",
        *_table(top),
        "",
        "## The same formula without the ramp of new seats",
        "",
        "New seats count in full only after 28 days, so that buying seats is not a fall. Without that ramp the same formula",
        f"lists these ten; {len(both)} of them stand in both lists.",
        "",
        *_table(top_without),
        "",
        f"## How they fared until {AFTERWARDS}",
        "",
        f"Of the accounts that paid on {QUARTER[1]}: who had no subscription any more on {AFTERWARDS}, and what became of the",
        "monthly recurring revenue.",
        "",
        "| accounts | number | left | MRR then | MRR after | change |",
        "|---|---|---|---|---|---|",
        _fate("fell most, with the ramp", [fall.account for fall in top], ours.mrr),
        _fate("fell most, without the ramp", [fall.account for fall in top_without], ours.mrr),
        _fate("all others", rest, ours.mrr),
        "",
        *_verdict(top, top_without, rest, ours.mrr),
    ]
    return "\n".join(lines) + "\n"


def _table(falls: Sequence[Fall]) -> list[str]:
    return [
        "| account | before | after | why |",
        "|---|---|---|---|",
        *(f"| {f.name} | {f.before / 1e6:.1f} | {f.after / 1e6:.1f} | {f.sentence} |" for f in falls),
    ]


def _fate(label: str, accounts: Sequence[str], mrr: dict[str, tuple[int, int]]) -> str:
    left, before, after = _fared(accounts, mrr)
    change = f"{(after - before) / before:+.1%}".replace("-", "−")
    share = f"{left} ({left / len(accounts):.1%})"
    return f"| {label} | {len(accounts)} | {share} | ${before / 100:,.0f} | ${after / 100:,.0f} | {change} |"


def _fared(accounts: Sequence[str], mrr: dict[str, tuple[int, int]]) -> tuple[int, int, int]:
    left = sum(1 for account in accounts if not mrr[account][1])
    return left, sum(mrr[account][0] for account in accounts), sum(mrr[account][1] for account in accounts)


def _verdict(
    top: Sequence[Fall], top_without: Sequence[Fall], rest: Sequence[str], mrr: dict[str, tuple[int, int]]
) -> list[str]:
    ramp, plain, others = (
        _fared(group, mrr) for group in ([f.account for f in top], [f.account for f in top_without], rest)
    )
    share = others[0] / len(rest)
    return [
        f"With ten accounts a list, one more or one fewer that leaves is ten points; at the others' rate of {share:.1%} one",
        f"would expect {10 * share:.1f} of ten to leave. {ramp[0]} and {plain[0]} did. In this data that is"
        + (
            " within what chance alone brings"
            if max(abs(n - 10 * share) for n in (ramp[0], plain[0])) < 3
            else " more than chance alone brings"
        ),
        "(its churn is mostly random by construction), and the page claims nothing more.",
    ]
