"""The filter language against a Python evaluation of the same filters over the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Float, Text

from backend.account_filter import account_condition
from backend.accounts.models import Account, AccountInternal, AccountOwner, OwnerRole
from backend.alerts.models import Alert, AlertRule
from backend.db.base import Base
from backend.db.clock import now as clock_now
from backend.db.clock import today as clock_today
from backend.db.engine import WriteSession
from backend.db.ids import uuid7
from backend.engagement.models import Pulse
from backend.health.models import CurrentHealth, HealthModel, HealthOverride, HealthSnapshot
from backend.identity.models import Person, Staff
from backend.ingest.models import Event
from backend.tasks.models import Task
from backend.usage.models import Metric, Source, UsageDaily

MICRO = 1_000_000
TIERS = ("starter", "business", "enterprise")
TRAITS = ("region", "size", "ok")
VALUES: tuple[Any, ...] = ("emea", "2026-05-01", 3, 7, 2.5, True, False)
MOODS = ("GREEN", "YELLOW", "RED")


@dataclass
class Row:
    """An account as the Python evaluation knows it. Days are counted from today, negative before it."""

    name: str
    external_id: str | None
    tier: str | None
    csm: int | None
    mrr: int
    renews: int | None
    churned: int | None
    tags: list[str]
    traits: dict[str, Any]
    score: int | None
    band: str | None
    category: str | None
    override: str | None
    earlier: dict[int, int | None]
    usage: dict[tuple[str, int], int]
    events: list[tuple[str, int]]
    touch: int | None = None
    alert: str | None = None
    task: str | None = None
    """The state of its one alert, and of its one task."""
    owners: set[int] = field(default_factory=set)
    pulses: list[tuple[str, int, bool]] = field(default_factory=list)
    """Mood, the day on which it expires, whether it was withdrawn; the oldest first."""
    id: UUID = field(default_factory=uuid7)


def rows_of() -> st.SearchStrategy[list[Row]]:
    maybe_day = st.none() | st.integers(-40, 40)
    score = st.none() | st.integers(0, 100).map(lambda n: n * MICRO) | st.integers(0, 100 * MICRO)
    category = st.none() | st.sampled_from(["SECURE", "MONITOR", "AT_RISK", "CRITICAL"])
    row = st.builds(
        Row,
        name=st.text("aB%_ \\é", min_size=1, max_size=6),
        external_id=st.none(),
        tier=st.none() | st.sampled_from(TIERS),
        csm=st.none() | st.integers(0, 1),
        mrr=st.integers(0, 5),
        renews=maybe_day,
        churned=maybe_day,
        tags=st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
        traits=st.dictionaries(st.sampled_from(TRAITS), st.sampled_from(VALUES), max_size=3),
        score=score,
        band=st.none() | st.sampled_from(["GREEN", "YELLOW", "RED"]),
        category=category,
        override=category,
        earlier=st.dictionaries(st.sampled_from([7, 30]), score, max_size=2),
        usage=st.dictionaries(
            st.tuples(st.sampled_from(["calls", "hours"]), st.integers(-12, 1)), st.integers(-3, 300), max_size=4
        ),
        events=st.lists(st.tuples(st.sampled_from(["paid", "failed"]), st.integers(0, 12)), max_size=4),
        touch=maybe_day,
        alert=st.none() | st.sampled_from(["OPEN", "SNOOZED", "RESOLVED"]),
        task=st.none() | st.sampled_from(["OPEN", "DONE"]),
        owners=st.sets(st.integers(0, 1)),
        pulses=st.lists(st.tuples(st.sampled_from(MOODS), st.integers(-1, 2), st.booleans()), max_size=3),
    )
    return st.lists(row, min_size=1, max_size=5)


# ---- filters, each with what it means in Python


Meaning = Callable[[Row], bool]
Pair = tuple[dict[str, Any], Meaning]


def keys_filter(name: str, words: st.SearchStrategy[Any], value: Callable[[Row], Any]) -> st.SearchStrategy[Pair]:
    lists = st.lists(words, max_size=3)
    one = st.tuples(st.sampled_from(["in", "notIn"]), lists) | st.tuples(st.just("isNull"), st.booleans())

    def means(operator: str, asked: Any) -> Meaning:
        if operator == "isNull":
            return lambda row: (value(row) is None) is asked
        return lambda row: (value(row) in asked) is (operator == "in")

    return one.map(lambda pair: ({name: {pair[0]: pair[1]}}, means(*pair)))


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: bool(a < b),
    "lte": lambda a, b: bool(a <= b),
    "gt": lambda a, b: bool(a > b),
    "gte": lambda a, b: bool(a >= b),
    "eq": lambda a, b: bool(a == b),
}


def number_test(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[dict[str, Any], Callable[[Any], bool]]]:
    asked = st.dictionaries(st.sampled_from([*COMPARE, "isNull"]), numbers, min_size=1, max_size=2)

    def made(given: dict[str, Any]) -> tuple[dict[str, Any], Callable[[Any], bool]]:
        given = {key: (number < 3 if key == "isNull" else number) for key, number in given.items()}

        def holds(value: Any) -> bool:
            return all(
                (value is None) is number if key == "isNull" else value is not None and COMPARE[key](value, number)
                for key, number in given.items()
            )

        return given, holds

    return asked.map(made)


def number_filter(
    name: str, numbers: st.SearchStrategy[Any], value: Callable[[Row], Any], **around: st.SearchStrategy[Any]
) -> st.SearchStrategy[Pair]:
    return number_test(numbers).map(lambda pair: ({name: pair[0]}, lambda row: pair[1](value(row))))


def date_filter(name: str, value: Callable[[Row], int | None]) -> st.SearchStrategy[Pair]:
    operator = st.sampled_from(["before", "after", "withinNextDays", "withinLastDays"])
    one = st.tuples(operator, st.integers(1, 40)) | st.tuples(st.just("isNull"), st.booleans())

    def made(pair: tuple[str, Any]) -> Pair:
        operator, asked = pair

        def holds(row: Row) -> bool:
            day = value(row)
            if operator == "isNull":
                return (day is None) is asked
            if day is None:
                return False
            meanings: dict[str, bool] = {
                "before": day < asked,
                "after": day > asked,
                "withinNextDays": 0 <= day <= asked,
                "withinLastDays": -asked <= day <= 0,
            }
            return meanings[operator]

        return {name: {operator: DayFromToday(asked) if operator in {"before", "after"} else asked}}, holds

    return one.map(made)


@dataclass(frozen=True)
class DayFromToday:
    """Stands for a date until the database has said which day it is."""

    days: int


def points(row: Row) -> float | None:
    return None if row.score is None else row.score / MICRO


def change(days: int) -> Callable[[Row], float | None]:
    def value(row: Row) -> float | None:
        earlier = row.earlier.get(days)
        return None if row.score is None or row.band is None or earlier is None else (row.score - earlier) / MICRO

    return value


def same(left: Any, right: Any) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def mood(row: Row) -> str | None:
    counting = [mood for mood, expires, is_withdrawn in row.pulses if expires > 0 and not is_withdrawn]
    return counting[-1] if counting else None


def is_owner(row: Row, people: list[int]) -> bool:
    return row.csm in people or bool(row.owners & set(people))


def leaves() -> st.SearchStrategy[Pair]:
    health = st.integers(0, 100) | st.integers(0, 100 * MICRO).map(lambda n: n / MICRO)
    metric = st.tuples(
        st.sampled_from(["calls", "hours", "nothing"]),
        st.integers(1, 12),
        number_test(st.integers(-3, 300) | st.integers(-30, 30).map(lambda n: n / 10)),
    )
    event = st.tuples(
        st.sampled_from(["paid", "failed"]), st.integers(1, 12), st.none() | number_test(st.integers(0, 3))
    )
    trait = st.tuples(st.sampled_from(TRAITS), st.sampled_from(VALUES), st.lists(st.sampled_from(VALUES), max_size=3))

    def total(row: Row, key: str, days: int) -> float:
        scale: int = {"calls": 0, "hours": 1, "nothing": 0}[key]
        return sum(n for (k, day), n in row.usage.items() if k == key and -days < day <= 0) / float(10**scale)

    def count(row: Row, name: str, days: int) -> int:
        return sum(1 for k, ago in row.events if k == name and ago < days)

    def metric_pair(made: Any) -> Pair:
        key, days, (asked, holds) = made
        return {"metric": {"key": key, "withinDays": days, "value": asked}}, lambda row: holds(total(row, key, days))

    def event_pair(made: Any) -> Pair:
        name, days, tested = made
        asked = {"name": name, "withinDays": days} | ({"count": tested[0]} if tested else {})
        return {"event": asked}, lambda row: tested[1](count(row, name, days)) if tested else count(row, name, days) > 0

    def traits(made: Any) -> Iterator[Pair]:
        key, value, values = made
        yield {"trait": {"key": key, "equals": value}}, lambda row: key in row.traits and same(row.traits[key], value)
        yield (
            {"trait": {"key": key, "in": values}},
            lambda row: key in row.traits and any(same(row.traits[key], v) for v in values),
        )
        yield {"trait": {"key": key, "date": {"before": "2026-06-01"}}}, lambda row: row.traits.get(key) == "2026-05-01"
        yield {"trait": {"key": key, "exists": value == 3}}, lambda row: (key in row.traits) is (value == 3)

    def numeric(made: Any) -> Pair:
        key, (asked, _) = made

        def number(row: Row) -> Any:
            found = row.traits.get(key)
            return found if isinstance(found, int | float) and not isinstance(found, bool) else None

        asked = {operator: value for operator, value in asked.items() if operator != "isNull"} or {"gte": 0}
        return (
            {"trait": {"key": key, "number": asked}},
            lambda row: (
                number(row) is not None
                and all(COMPARE[operator](number(row), value) for operator, value in asked.items())
            ),
        )

    return st.one_of(
        keys_filter("tier", st.sampled_from(TIERS), lambda row: row.tier),
        keys_filter("csmId", st.integers(0, 1), lambda row: row.csm),
        keys_filter("band", st.sampled_from(["GREEN", "YELLOW", "RED"]), lambda row: row.band),
        keys_filter(
            "category",
            st.sampled_from(["SECURE", "MONITOR", "AT_RISK", "CRITICAL"]),
            lambda row: None if row.band is None else row.override or row.category,
        ),
        number_filter("mrrMinor", st.integers(0, 5), lambda row: row.mrr),
        number_filter("health", health, lambda row: None if row.band is None else points(row)),
        date_filter("renewsOn", lambda row: row.renews),
        date_filter("churnedOn", lambda row: row.churned),
        date_filter("lastTouch", lambda row: row.touch),
        keys_filter("pulse", st.sampled_from(MOODS), mood),
        st.booleans().map(
            lambda asked: (
                {"pulseDisagrees": asked},
                lambda row: (bool(mood(row) and row.band) and mood(row) != row.band) is asked,
            )
        ),
        st.booleans().map(
            lambda asked: ({"hasOpenAlert": asked}, lambda row: (row.alert in ("OPEN", "SNOOZED")) is asked)
        ),
        st.booleans().map(lambda asked: ({"hasOpenTask": asked}, lambda row: (row.task == "OPEN") is asked)),
        st.tuples(st.sampled_from(["in", "notIn"]), st.lists(st.integers(0, 1), max_size=2)).map(
            lambda made: ({"ownerId": {made[0]: made[1]}}, lambda row: is_owner(row, made[1]) is (made[0] == "in"))
        ),
        st.sampled_from([7, 30]).flatmap(
            lambda days: number_test(health).map(
                lambda pair: (
                    {"healthChange": {"days": days, "delta": pair[0]}},
                    lambda row: pair[1](change(days)(row)),
                )
            )
        ),
        metric.map(metric_pair),
        event.map(event_pair),
        trait.flatmap(lambda made: st.sampled_from(list(traits(made)))),
        st.tuples(st.sampled_from(TRAITS), number_test(st.integers(0, 9))).map(numeric),
        st.sampled_from(["a", "b", "c"]).map(lambda tag: ({"tag": {"in": [tag]}}, lambda row: tag in row.tags)),
        st.sampled_from(["a", "b", "c"]).map(lambda tag: ({"tag": {"notIn": [tag]}}, lambda row: tag not in row.tags)),
        st.text("ab%_ \\", min_size=1, max_size=2).map(
            lambda part: ({"text": part}, lambda row: part.lower() in row.name.lower())
        ),
    )


def together(pairs: list[Pair], key: str) -> Pair:
    holds = all if key == "and" else any
    return {key: [asked for asked, _ in pairs]}, lambda row: holds(meaning(row) for _, meaning in pairs)


def filters() -> st.SearchStrategy[Pair]:
    return st.recursive(
        leaves(),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda pairs: together(pairs, "and"))
            | st.lists(inner, max_size=3).map(lambda pairs: together(pairs, "or"))
            | inner.map(lambda pair: ({"not": pair[0]}, lambda row: not pair[1](row)))
        ),
        max_leaves=6,
    )


# ---- the database


@pytest.fixture
async def staff(session: WriteSession) -> list[UUID]:
    ids = [uuid7(), uuid7()]
    await session.execute(insert(Person), [{"id": key} for key in ids])
    await session.execute(insert(Staff), [{"id": key, "person_id": key, "role": "CSM"} for key in ids])
    return ids


@pytest.fixture
async def source(session: WriteSession) -> UUID:
    key = uuid7()
    await session.execute(insert(Source), [{"id": key, "key": "product", "name": "Product", "kind": "PRODUCT"}])
    await session.execute(
        insert(Metric),
        [
            {"id": 9_001, "key": "calls", "name": "c", "scale": 0},
            {"id": 9_002, "key": "hours", "name": "h", "scale": 1},
        ],
    )
    await session.execute(insert(OwnerRole), [{"key": f"role{n}", "name": "r", "position": n} for n in (0, 1)])
    await session.execute(insert(HealthModel), [{"version": 9, "definition": {}, "fingerprint": "", "applied_by": ""}])
    rule = {"key": "falling", "name": "f", "severity": "INFO", "definition": {}}
    await session.execute(insert(AlertRule), [rule])
    return key


ARRAYS: dict[str, Any] = {
    "statuses": "",
    "numerators": [],
    "denominators": [],
    "normalised": [],
    "weights": [],
    "contributions": [],
}


async def store(session: WriteSession, rows: list[Row], staff: list[UUID], source: UUID) -> None:
    today, now = await clock_today(session), await clock_now(session)

    def day(away: int | None) -> date | None:
        return None if away is None else today + timedelta(days=away)

    tables: list[tuple[type[Base], list[dict[str, Any]]]] = [
        (Account, [{"id": r.id, "name": r.name, "tier_key": r.tier, "customer_since": today,
                    "success_manager_id": None if r.csm is None else staff[r.csm]} for r in rows]),
        (AccountInternal, [{"account_id": r.id, "mrr_minor": r.mrr, "renews_on": day(r.renews), "tags": r.tags,
                            "churned_on": day(r.churned), "traits": r.traits,
                            "last_touch_at": None if r.touch is None else now + timedelta(days=r.touch)}
                           for r in rows]),
        (AccountOwner, [{"account_id": r.id, "role_key": f"role{n}", "staff_id": staff[n]}
                        for r in rows for n in r.owners]),
        (Alert, [{"account_id": r.id, "rule_key": "falling", "severity": "INFO", "facts": {}, "state": r.alert,
                  "snoozed_until": now if r.alert == "SNOOZED" else None,
                  "resolved_at": now if r.alert == "RESOLVED" else None} for r in rows if r.alert]),
        (Task, [{"account_id": r.id, "title": "t", "state": r.task, "closed_at": now if r.task == "DONE" else None}
                for r in rows if r.task]),
        (Pulse, [{"id": uuid7(), "account_id": r.id, "mood": mood, "expires_on": day(expires),
                  "created_at": now + timedelta(hours=place), "withdrawn_at": now if is_withdrawn else None}
                 for r in rows for place, (mood, expires, is_withdrawn) in enumerate(r.pulses)]),
        (CurrentHealth, [{"account_id": r.id, "day": today, "model_version": 9, "profile": 0, "score": r.score,
                          "sort_score": -1 if r.score is None else r.score, "band": r.band,
                          "category": r.category, "trend": "STEADY", "change_7": 0, "change_30": 0, "coverage": 0,
                          **ARRAYS} for r in rows if r.band]),
        (HealthOverride, [{"account_id": r.id, "category": r.override, "signal": "x", "reason": "x",
                           "started_at": now - timedelta(days=1), "ends_at": now + timedelta(days=1)}
                          for r in rows if r.override]),
        (HealthSnapshot, [{"account_id": r.id, "day": day(-ago), "revision": revision, "known_on": today,
                           "model_version": 9, "profile": 0, "band": "GREEN", "coverage": 0, **ARRAYS,
                           "score": score if revision else 1}
                          for r in rows for ago, score in r.earlier.items() for revision in (0, 1)]),
        (UsageDaily, [{"account_id": r.id, "day": day(on), "metric_id": {"calls": 9_001, "hours": 9_002}[key],
                       "source_id": source, "known_on": today, "delta": delta}
                      for r in rows for (key, on), delta in r.usage.items()]),
        (Event, [{"account_id": r.id, "received_at": now, "source_id": source, "message_id": str(uuid7()),
                  "name": name, "occurred_at": now - timedelta(days=ago), "known_at": now}
                 for r in rows for name, ago in r.events]),
    ]  # fmt: skip
    for table, values in tables:
        if values:
            await session.execute(insert(table), values)


def concrete(asked: Any, today: date, staff: list[UUID]) -> Any:
    """The filter with real dates and ids in the places of their stand-ins."""
    if isinstance(asked, DayFromToday):
        return (today + timedelta(days=asked.days)).isoformat()
    if isinstance(asked, dict):
        for name in {"csmId", "ownerId"} & set(asked):
            ids = {key: [staff[n] for n in v] if isinstance(v, list) else v for key, v in asked[name].items()}
            return {name: ids}
        return {key: concrete(value, today, staff) for key, value in asked.items()}
    return [concrete(value, today, staff) for value in asked] if isinstance(asked, list) else asked


async def test_a_filter_means_in_sql_what_it_means_in_python(
    session: WriteSession, staff: list[UUID], source: UUID
) -> None:
    today = await clock_today(session)
    await session.execute(text("select waymark_make_event_partition(waymark_now()::date)"))

    outcomes = {True: 0, False: 0}

    async def compare(rows: list[Row], pairs: list[Pair]) -> None:
        async with session.begin_nested() as savepoint:
            await store(session, rows, staff, source)
            mine = Account.id.in_([row.id for row in rows])
            for asked, meaning in pairs:
                condition = account_condition(concrete(asked, today, staff))
                found = set(await session.scalars(select(Account.id).where(mine, condition)))
                expected = {row.id for row in rows if meaning(row)}
                assert found == expected, asked
                for row in rows:
                    outcomes[row.id in found] += 1
            await savepoint.rollback()

    examples: list[tuple[list[Row], list[Pair]]] = []

    @settings(max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(rows_of(), st.lists(filters(), min_size=1, max_size=5))
    def collect(rows: list[Row], pairs: list[Pair]) -> None:
        examples.append((rows, pairs))

    collect()
    for rows, pairs in examples:
        await compare(rows, pairs)
    assert min(outcomes.values()) > 200, outcomes


async def test_leaf_values_may_be_bound_after_compilation(
    session: WriteSession, staff: list[UUID], source: UUID
) -> None:
    row = Row("Ada", None, "business", 0, 5, None, None, [], {}, 41 * MICRO, "YELLOW", "AT_RISK", None, {}, {}, [])
    await store(session, [row], staff, source)
    asked = {
        "and": [
            {"tier": {"in": bindparam("tiers", type_=ARRAY(Text))}},
            {"health": {"lt": bindparam("health", type_=Float(53))}},
        ]
    }
    statement = select(Account.id).where(Account.id == row.id, account_condition(asked))

    assert await session.scalar(statement, {"tiers": ["business", "starter"], "health": 41.5}) == row.id
    assert await session.scalar(statement, {"tiers": ["business"], "health": 41.0}) is None
    assert await session.scalar(statement, {"tiers": [], "health": 42.0}) is None
