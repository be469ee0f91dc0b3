"""`mapping.yaml`: which events count in which metrics, and which traits are which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from backend.accounts.vocabulary import Accounts
from backend.db.engine import WriteSession
from backend.ingest.models import EventMapping, IngestRule
from backend.program.section import Key, Problem, Program, Section, nearest
from backend.usage.models import Metric
from backend.usage.program import Metrics, unknown

FILE = "mapping.yaml"

EventName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
TraitName = Annotated[str, StringConstraints(min_length=1, max_length=63)]


class Count(Section):
    """An event counts in a metric."""

    metric: Key
    amount: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """Property of the event that holds the amount, in units of the metric; left out: each event counts one."""
    active: bool = True
    """The event's person was active in the metric that day."""


class Mapping(Section):
    """The whole file."""

    person_as_account: bool = False
    """A person who is in no account is one: for businesses whose customers are people."""
    traits: Annotated[dict[TraitName, Key], Field(max_length=200)] = Field(default_factory=dict)
    """What `group` calls a trait → the trait of accounts.yaml; one of the same name needs no line."""
    events: dict[EventName, Annotated[tuple[Count, ...], Field(min_length=1)]] = Field(default_factory=dict)


def check(section: Mapping, program: Program) -> Iterator[Problem]:
    """Traits and metrics must exist, and an event counts in each at most once."""
    traits = program.section(Accounts).traits
    for name, key in section.traits.items():
        if key not in traits:
            yield Problem(("traits", name), f"accounts.yaml has no trait {key}. {nearest(key, traits)}")
    metrics = program.section(Metrics)
    for name, counts in section.events.items():
        times = Counter(count.metric for count in counts)
        for place, count in enumerate(counts):
            path = ("events", name, place, "metric")
            if count.metric not in metrics.metrics:
                yield Problem(path, unknown(count.metric, metrics))
            elif times[count.metric] > 1:
                yield Problem(path, f"{count.metric} is listed more than once for {name}. Keep one.")


async def apply(session: WriteSession, section: Mapping, _program: Program) -> None:
    """Make `event_mappings` equal to the file. Events that were counted before stay counted as they were."""
    values = {"person_as_account": section.person_as_account, "trait_names": section.traits}
    rule = insert(IngestRule).values(id=1, **values)
    await session.execute(rule.on_conflict_do_update(index_elements=["id"], set_=values))
    metrics = dict((await session.execute(select(Metric.key, Metric.id))).all())
    await session.execute(delete(EventMapping))
    rows = [
        {
            "event_name": name,
            "metric_id": metrics[count.metric],
            "amount_property": count.amount,
            "counts_as_active": count.active,
        }
        for name, counts in section.events.items()
        for count in counts
    ]
    if rows:
        await session.execute(insert(EventMapping).values(rows))
