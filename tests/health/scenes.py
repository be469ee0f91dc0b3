"""Random facts, dense in what is rare in life: late rows, corrections, revisions, gaps, young accounts."""

from __future__ import annotations

import random
from datetime import date, timedelta

from tests.health.world import Bill, Facts, Held, Seen, Spoken, Talk, Term, Use

FEEDS = ("active_members", "seats", "tickets", "invoices", "limits")


def random_sources(rng: random.Random, last: date, metrics: list[str], *, shared: bool = True) -> list[Spoken]:
    """Two sources; the second, which brings some feeds alone, may have come late or fallen silent.

    Some feeds are `shared` by both; or the first brings them all.
    """
    start = last - timedelta(days=200)
    first = Spoken({}, [start + timedelta(days=n) for n in range(201 - rng.choice([0, 0, 0, 2]))])
    until = rng.choice([last, last, last - timedelta(days=rng.randint(1, 40))])
    began = rng.choice([start, last - timedelta(days=rng.randint(41, 60))])
    second = Spoken({}, [began + timedelta(days=n) for n in range(0, (until - began).days + 1, rng.choice([1, 1, 3]))])
    for feed in [*(f"metric:{key}" for key in metrics), *FEEDS]:
        draw = rng.random()
        if draw < 0.75 or (draw < 0.9 and not shared):
            first.feeds[feed] = start
        if 0.65 < draw < 0.9 and shared:
            second.feeds[feed] = began
    return [first, second]


def random_facts(rng: random.Random, last: date, sources: list[Spoken], *, lateness: float = 1.0) -> Facts:
    """Facts of one account, in the 150 days before `last` and some days after it; lateness 0 has no late ones."""
    age = rng.choice([0, 2, 3, 5, 20, 29, 30, 45, 200, 200, 200, 400])
    facts = Facts(last - timedelta(days=age))
    fed = [
        (key.removeprefix("metric:"), n)
        for n, source in enumerate(sources)
        for key in source.feeds
        if key.startswith("metric:")
    ]

    def a_day(back: int = 130) -> date:
        return last - timedelta(days=rng.randint(-3, back))

    def late(day: date, share: float = 0.2) -> date | None:
        return day + timedelta(days=rng.randint(1, 20)) if rng.random() < share * lateness else None

    keys: set[tuple[object, ...]] = set()
    for _ in range(rng.choice([0, 5, 60, 150]) if fed else 0):
        metric, source = rng.choice(fed)
        day = a_day()
        use = Use(day, metric, rng.choice([0, 1, 3, 40, 700, -2]), rng.choice([0, 0, 1, 4, 9]), late(day), source)
        key = (use.day, use.metric, use.source, use.known or use.day)
        if key not in keys:
            keys.add(key)
            facts.uses.append(use)
    for _ in range(rng.choice([0, 0, 10, 60]) if fed else 0):
        metric, _source = rng.choice(fed)
        day, person = a_day(60), rng.randint(0, 12)
        if (day, metric, person) not in keys:
            keys.add((day, metric, person))
            facts.seen.append(Seen(day, metric, person, late(day)))
    for _ in range(rng.choice([0, 1, 1, 2, 4])):
        starts = a_day(150)
        ends = starts + timedelta(days=rng.choice([30, 60, 365])) if rng.random() < 0.6 else None
        known = late(starts, 0.3)
        superseded = (known or starts) + timedelta(days=rng.randint(1, 60)) if rng.random() < 0.2 else None
        limit = rng.choice([None, ("conversations", 1000), ("workflow_runs", 50)])
        facts.terms.append(Term(starts, ends, rng.choice([None, 0, 1, 5, 40]), limit, known, superseded))
    for _ in range(rng.choice([0, 1, 3])):
        due = a_day()
        settled = due + timedelta(days=rng.randint(-10, 30)) if rng.random() < 0.7 else None
        superseded = due + timedelta(days=9) if rng.random() < 0.1 * lateness else None
        facts.bills.append(Bill(due, settled, late(due, 0.1), superseded))
    for _ in range(rng.choice([0, 0, 2, 6])):
        opened = a_day()
        known = late(opened)
        superseded = (known or opened) + timedelta(days=rng.randint(1, 9)) if rng.random() < 0.2 else None
        facts.talks.append(Talk(opened, rng.randint(-1_000_000, 1_000_000), known, superseded))
    if rng.random() < 0.8:
        change = facts.since + timedelta(days=rng.randint(1, 100))
        moves = rng.random() < 0.4
        facts.tiers.append(Held(rng.choice(["starter", "business"]), facts.since, change if moves else None))
        if moves:
            facts.tiers.append(Held("professional", change, None, late(change)))
    return facts
