"""Tickets over the event API: any helpdesk's events, in any order, once."""

from __future__ import annotations

import random
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from backend.db.engine import Database
from backend.settings import Settings
from tests.billing.stripe_events import do_all_work
from tests.factories import make_account
from tests.ingest.sending import Sender, sending

WORK = ["support.take_events", "ingest.resolve"]


@pytest.fixture
async def helpdesk(settings_with_valkey: Settings, database: Database) -> AsyncIterator[Sender]:
    """Sends to an API process for the account acme, whose days are those of Vienna."""
    async with database.begin() as session:
        await make_account(session, "Acme", external_id="acme")
        await session.execute(text("insert into organizations (name, time_zone) values ('Example', 'Europe/Vienna')"))
    async with sending(settings_with_valkey, database) as made:
        yield made


def track(name: str, at: str, message_id: str, group: str = "acme", **properties: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": name,
        "userId": "u1",
        "context": {"groupId": group},
        "timestamp": f"2026-03-{at}Z",
        "messageId": message_id,
        "properties": properties,
    }


TICKET = [
    track("Support Ticket Opened", "02T23:30:00", "1", ticket_id="t-1", text="The import is terrible and broken!"),
    track("Support Ticket Answered", "03T08:00:00", "2", ticket_id="t-1", text="So sorry, we hate it too."),
    track("Support Ticket Commented", "03T09:00:00", "3", ticket_id="t-1", text="Thanks, great help!"),
    track("Support Ticket Resolved", "03T10:00:00", "4", ticket_id="t-1"),
    track("Support Ticket Reopened", "04T10:00:00", "5", ticket_id="t-1", text="Broken again."),
    track("Support Ticket Closed", "05T10:00:00", "6", ticket_id="t-1"),
    track("Support Ticket Rated", "06T10:00:00", "7", ticket_id="t-1", rating=2, rating_scale=5),
    track("Live Chat Conversation Started", "05T10:00:00", "8", conversation_id="c-1", message_body="Hello"),
    track("Live Chat Message Sent", "05T10:01:00", "9", conversation_id="c-1", message_body="I love it!"),
    track("Live Chat Message Received", "05T10:02:00", "10", conversation_id="c-1", message_body="Thank you"),
    track("Live Chat Conversation Ended", "05T10:05:00", "11", conversation_id="c-1"),
]


async def tickets(helpdesk: Sender) -> list[tuple[Any, ...]]:
    return await helpdesk.rows(
        """select a.external_id, t.external_id, opened_on::text, to_char(answered_at, 'DD HH24:MI'),
                  to_char(resolved_at, 'DD HH24:MI'), reopenings, sentiment, sentiment_is_estimated,
                  rating, rating_scale
           from tickets t join accounts a on a.id = t.account_id where superseded_on is null order by 2"""
    )


EXPECTED = [
    ("acme", "c-1", "2026-03-05", "05 10:02", "05 10:05", 0, 0.6696, True, None, None),
    ("acme", "t-1", "2026-03-03", "03 08:00", "05 10:00", 1, -0.119767, True, 2.0, 5),
]


async def test_words_are_judged_once_and_beside_the_event_loop(
    helpdesk: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[tuple[str, bool]] = []
    judge = SentimentIntensityAnalyzer.polarity_scores

    def note(analyzer: SentimentIntensityAnalyzer, sentence: str) -> Any:
        judged.append((sentence, threading.current_thread() is threading.main_thread()))
        return judge(analyzer, sentence)

    monkeypatch.setattr(SentimentIntensityAnalyzer, "polarity_scores", note)

    await helpdesk.batch(TICKET)

    assert sorted(judged) == [
        ("Broken again.", False),
        ("Hello", False),
        ("I love it!", False),
        ("Thanks, great help!", False),
        ("The import is terrible and broken!", False),
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_tickets_are_the_same_in_any_order_and_twice(helpdesk: Sender, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a shuffle
    said = [*TICKET, *draw.sample(TICKET, 4)]
    if seed:
        draw.shuffle(said)

    for start in range(0, len(said), 4):
        await helpdesk.batch(said[start : start + 4])
        await do_all_work(helpdesk.database, WORK)

    assert await tickets(helpdesk) == EXPECTED
    assert await helpdesk.rows("select count(*) from ticket_events") == [(11,)]
    assert await helpdesk.rows("select count(*) from conversation_marks") == [(0,)]


async def test_tickets_feed_health_have_their_account_scored_and_are_told_of(helpdesk: Sender) -> None:
    await helpdesk.batch(TICKET[:1])
    await do_all_work(helpdesk.database, WORK)
    await helpdesk.batch(TICKET[1:])
    await do_all_work(helpdesk.database, WORK)

    assert await helpdesk.rows("select feed, since::text, until::text from source_feeds") == [
        ("tickets", "2026-03-03", "2026-03-05")
    ]
    marked = await helpdesk.rows("select distinct external_id from account_marks join accounts a on a.id = account_id")
    assert marked == [("acme",)]
    opened, chat = ({"ticket_key": key, "opened_on": on} for key, on in (("t-1", "2026-03-03"), ("c-1", "2026-03-05")))
    told = await helpdesk.rows("select type, body from domain_events where type like '%Ticket%' order by id")
    assert told == [
        ("TicketOpened", {**opened, "happened_at": "2026-03-02T23:30:00+00:00"}),
        (
            "NegativeTicket",
            {
                **opened,
                "happened_at": "2026-03-02T23:30:00+00:00",
                "sentiment_thousandths": -757,
                "is_estimated": True,
            },
        ),
        ("TicketOpened", {**chat, "happened_at": "2026-03-05T10:00:00+00:00"}),
        ("TicketResolved", {**chat, "happened_at": "2026-03-05T10:05:00+00:00"}),
        ("TicketResolved", {**opened, "happened_at": "2026-03-05T10:00:00+00:00"}),
    ]


async def test_nothing_of_what_somebody_wrote_is_kept(helpdesk: Sender) -> None:
    await helpdesk.batch(TICKET)
    await do_all_work(helpdesk.database, WORK)

    kept = str(await helpdesk.rows("select properties from events")) + str(await helpdesk.rows("select * from tickets"))
    assert "terrible" not in kept
    assert "Thank" not in kept
    assert await helpdesk.rows("select properties from events where message_id = '1'") == [
        ({"ticket_id": "t-1", "sentiment": -0.7574, "sentiment_is_estimated": True},)
    ]


async def test_a_ticket_of_an_account_that_is_not_known_yet_comes_late(helpdesk: Sender) -> None:
    await helpdesk.batch([{**TICKET[0], "context": {"groupId": "zenith"}}])
    await do_all_work(helpdesk.database, WORK)
    before = await tickets(helpdesk)
    await helpdesk.send("group", {"userId": "u9", "groupId": "zenith", "traits": {"name": "Zenith"}})
    await do_all_work(helpdesk.database, WORK)

    assert before == []
    assert [row[:3] for row in await tickets(helpdesk)] == [("zenith", "t-1", "2026-03-03")]


async def test_events_that_name_no_conversation_are_events_and_no_tickets(helpdesk: Sender) -> None:
    answer = await helpdesk.batch(
        [
            track("Live Chat Conversation Started", "05T10:00:00", "1", message_body="Hello"),
            track("Support Ticket Opened", "05T10:00:00", "2", ticket_id="t-9", sentiment=7, rating="bad"),
            track("support ticket opened", "05T10:00:00", "3", ticket_id="t-8"),
        ]
    )
    await do_all_work(helpdesk.database, WORK)

    assert answer["stored"] == 3
    assert [row[1:9] for row in await tickets(helpdesk)] == [("t-9", "2026-03-05", None, None, 0, None, False, None)]
