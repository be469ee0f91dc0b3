"""The whole pipeline, whatever the order: duplicates, shuffles and late events give the state that order gives."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from backend.db import clock
from backend.db.engine import WriteSession
from backend.health.scoring import score_now
from backend.ingest import write_keys
from backend.ingest.conversations import estimate
from backend.ingest.intake import Intake
from backend.ingest.messages import Arrival
from backend.ingest.models import WriteKeyKind
from backend.ingest.upkeep import make_partitions
from backend.ingest.write_keys import Writer
from backend.program.assemble import DEFAULT, load
from backend.program.service import apply
from jobs.live import follow_once

STATE = {
    "accounts": """select a.external_id, a.name, a.customer_since::text, i.traits from accounts a
        join account_internals i on i.account_id = a.id order by 1""",
    "people": """select i.external_id, p.name, p.email from person_identities i join persons p on p.id = i.person_id
        order by 1""",
    "members": """select a.external_id, i.external_id, m.joined_on::text, m.title from members m
        join accounts a on a.id = m.account_id join person_identities i on i.person_id = m.person_id order by 1, 2""",
    "events": """select e.message_id, a.external_id, i.external_id, e.name, e.occurred_at, e.properties from events e
        join accounts a on a.id = e.account_id left join person_identities i on i.person_id = e.person_id
        order by 1, 3""",
    "waiting": "select message_id, person_key, group_key from unresolved_events order by 1",
    "usage": """select a.external_id, u.day::text, m.key, sum(u.delta)::bigint from usage_daily u
        join accounts a on a.id = u.account_id join metrics m on m.id = u.metric_id
        group by 1, 2, 3 order by 1, 2, 3""",
    "active": """select a.external_id, d.day::text, m.key, i.external_id from member_days d
        join accounts a on a.id = d.account_id join metrics m on m.id = d.metric_id
        join person_identities i on i.person_id = d.person_id order by 1, 2, 3, 4""",
    "health": """select a.external_id, h.score, h.band, h.statuses, h.numerators, h.denominators from current_health h
        join accounts a on a.id = h.account_id order by 1""",
}

# People are in one account each, or say with each event in which: whose an event is that does not say it, of a person
# who is in two, depends on what is known by then, and the documentation says so.
PERSON = st.integers(0, 3)
MESSAGE = st.one_of(
    st.tuples(
        st.just("track"),
        PERSON,
        st.sampled_from(["conversation_started", "signed_in", "api_called", "of no metric"]),
        st.booleans(),
    ),
    st.tuples(st.just("group"), PERSON, st.sampled_from(["Acme", "Acme Ltd", "Beta"]), st.integers(1, 9)),
    st.tuples(st.just("identify"), PERSON, st.sampled_from(["Ada", "Eve"]), st.sampled_from(["CTO", "CEO"])),
)
MESSAGES = st.lists(st.tuples(MESSAGE, st.integers(0, 40 * 24)), min_size=1, max_size=14)


def item(number: int, said: tuple[Any, ...], at: datetime) -> dict[str, Any]:
    """One message."""
    kind, person, word, more = said
    made: dict[str, Any] = {
        "type": kind,
        "messageId": f"m{number}",
        "userId": f"u{person}",
        "timestamp": at.isoformat(),
    }
    if kind == "track":
        made |= {"event": word, "properties": {"calls": number + 1}}
        if more:
            made["context"] = {"groupId": f"g{person % 2}"}
    elif kind == "group":
        made |= {"groupId": f"g{person % 2}", "traits": {"name": word, "seats": more}}
    else:
        made |= {"traits": {"name": word, "title": more, "email": f"u{person}@example.com"}}
    return made


class InOneTransaction:
    """A database whose every transaction is a part of the test's, which is rolled back."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def begin(self) -> Any:
        return _Part(self._session)


class _Part:
    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def __aenter__(self) -> WriteSession:
        return self._session

    async def __aexit__(self, *_: object) -> None:
        await self._session.flush()
        self._session.expire_all()


async def outcome(session: WriteSession, writer: Writer, requests: list[list[Any]], passes: int) -> dict[str, Any]:
    """The state after requests, with a pass of counting and scoring after each of every so many; nothing stays."""
    async with session.begin_nested() as attempt:
        intake = Intake(InOneTransaction(session), slots=1)  # type: ignore[arg-type]
        refused = []
        for number, items in enumerate(requests):
            # The way of sessions: the short way on the driver alone has a transaction of its own.
            taken = await intake._once(writer, items, Arrival(), estimate)
            refused += taken.refused
            if number % passes == 0:
                await follow_once(session)
        while await follow_once(session):
            pass
        asked = await session.scalar(text("select count(*) from work_items where kind = 'health.sweep'"))
        if asked and await session.scalar(text("select count(*) from current_health")):
            await score_now(session)  # as the worker does that is asked for it where a source feeds something new
        assert refused == []
        found: dict[str, Any] = {}
        for name, statement in STATE.items():
            found[name] = [tuple(row) for row in await session.execute(text(statement))]
        await attempt.rollback()
    return found


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=MESSAGES, seed=st.integers(0, 10_000))
async def test_duplicates_shuffles_and_late_events_give_the_state_that_order_gives(
    session: WriteSession, said: list[tuple[tuple[Any, ...], int]], seed: int
) -> None:
    async with session.begin_nested() as attempt:
        await session.execute(text("insert into organizations (name) values ('Test') on conflict do nothing"))
        await apply(session, load(DEFAULT, applied_by="test"))
        await make_partitions(session)
        made = await write_keys.create(session, name="k", source_key="product", kind=WriteKeyKind.SERVER)
        source: UUID = (await session.execute(text("select source_id from write_keys"))).scalar_one()
        writer = Writer(made.id, source, WriteKeyKind.SERVER, frozenset())
        now = await clock.now(session)
        messages = [item(number, one, now - timedelta(hours=hours)) for number, (one, hours) in enumerate(said)]
        ordered = sorted(messages, key=lambda each: (each["timestamp"], each["messageId"]))
        chance = random.Random(seed)  # noqa: S311 - an order
        shuffled = messages * 2 + chance.sample(messages, len(messages) // 2)
        chance.shuffle(shuffled)
        cuts = sorted(chance.sample(range(len(shuffled) + 1), min(4, len(shuffled))))
        parts = [shuffled[first:last] for first, last in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]

        one_by_one = await outcome(session, writer, [[each] for each in ordered], 1)
        in_any_order = await outcome(session, writer, [part for part in parts if part], 2)

        assert in_any_order == one_by_one
        await attempt.rollback()
