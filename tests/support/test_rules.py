"""Tickets from what was told of them, and the estimate of a sentiment."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from backend.ingest.conversations import (
    LONGEST_JUDGED,
    LONGEST_SENTENCE,
    TURNS,
    Turn,
    estimate,
    told,
    without_words,
)
from backend.support.rules import TurnTold, is_negative_after, state_of

pytestmark = pytest.mark.unit
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACME, ZETA = UUID(int=1), UUID(int=2)


def turn(what: Turn, minutes: int, message_id: str = "", account: UUID = ACME, **said: Any) -> TurnTold:
    return TurnTold(message_id or f"{what} {minutes}", account, what, START + timedelta(minutes=minutes), **said)


def test_a_ticket_lives_through_its_events() -> None:
    state = state_of(
        [
            turn(Turn.OPENED, 0, sentiment=-0.6, is_estimated=True),
            turn(Turn.ANSWERED, 30),
            turn(Turn.RESOLVED, 60),
            turn(Turn.REOPENED, 90),
            turn(Turn.ASKED, 95, sentiment=-0.2, is_estimated=True),
            turn(Turn.ANSWERED, 100),
            turn(Turn.RESOLVED, 120),
            turn(Turn.RATED, 200, rating=4.0, rating_scale=5),
        ]
    )

    assert (state.account_id, state.opened_at) == (ACME, START)
    assert (state.answered_at, state.resolved_at) == (START + timedelta(minutes=30), START + timedelta(minutes=120))
    assert (state.reopenings, state.rating, state.rating_scale) == (1, 4.0, 5)
    assert (state.sentiment, state.sentiment_is_estimated) == (-0.4, True)


def test_a_sentiment_that_is_stated_outranks_estimates() -> None:
    events = [
        turn(Turn.OPENED, 0, sentiment=-0.9, is_estimated=True),
        turn(Turn.ASKED, 5, sentiment=0.5),
        turn(Turn.RATED, 9, sentiment=0.1),
    ]

    assert (state_of(events).sentiment, state_of(events).sentiment_is_estimated) == (0.1, False)


def test_a_ticket_that_nobody_opened_began_with_its_first_event() -> None:
    state = state_of([turn(Turn.RESOLVED, 20), turn(Turn.ANSWERED, 10)])

    assert (state.opened_at, state.answered_at) == (START + timedelta(minutes=10), START + timedelta(minutes=10))
    assert state_of([turn(Turn.RESOLVED, 20), turn(Turn.REOPENED, 30)]).resolved_at is None


@pytest.mark.parametrize(
    "moods, negative",
    [
        ([], False),
        ([None], False),
        ([-0.25], False),
        ([-0.26], True),
        ([-0.26, -0.01], True),
        ([-0.26, None], True),
        ([-0.26, 0.0], False),
        ([-0.26, 0.0, -0.1], False),
        ([-0.1, -0.26], True),
    ],
)
def test_a_ticket_that_wavers_becomes_negative_once(moods: list[float | None], negative: bool) -> None:
    assert is_negative_after(moods) is negative


EVENTS = st.lists(
    st.builds(
        turn,
        st.sampled_from(Turn),
        st.integers(0, 5),
        st.uuids().map(str),
        st.sampled_from([ACME, ZETA]),
        sentiment=st.sampled_from([None, -0.7, 0.1, 0.30000000000000004]),
        is_estimated=st.booleans(),
        rating=st.sampled_from([None, 3.0]),
    ),
    min_size=1,
    max_size=10,
    unique_by=lambda one: one.message_id,
)


@given(EVENTS, st.randoms(use_true_random=False))
def test_any_order_tells_the_same_ticket(events: list[TurnTold], shuffler: random.Random) -> None:
    mixed = list(events)
    shuffler.shuffle(mixed)

    assert state_of(mixed) == state_of(events)


def test_words_are_judged_and_not_kept() -> None:
    said = {
        "conversation_id": "c-1",
        "message_id": "m-1",
        "agent_name": "Peter Gibbons",
        "agent_id": "a-7",
        "message_body": "This is terrible. Where do I find the report?",
        "conversation_duration": 12,
        "nested": {"text": "terrible"},
        "sentiment_is_estimated": True,
    }
    kept = {"conversation_id": "c-1", "message_id": "m-1", "agent_id": "a-7", "conversation_duration": 12}

    asked = without_words("Live Chat Message Sent", said)
    answered = without_words("Live Chat Message Received", said)
    stated = without_words("Live Chat Message Sent", {**said, "sentiment": 0.25})
    other = without_words("signed_in", said)

    assert asked == {**kept, "sentiment": -0.4767, "sentiment_is_estimated": True}
    assert answered == kept
    assert stated == {**kept, "sentiment": 0.25}
    assert other == said


@pytest.mark.parametrize(
    ("name", "properties", "expected"),
    [
        ("Support Ticket Opened", {"ticket_id": 7}, ("7", None, None)),
        ("Support Ticket Opened", {"ticket_id": "7", "conversation_id": "8"}, ("7", None, None)),
        ("Support Ticket Opened", {"ticket_id": ""}, None),
        ("Support Ticket Opened", {"ticket_id": True}, None),
        ("Support Ticket Opened", {}, None),
        ("Support Ticket Rated", {"ticket_id": "7", "rating": 4}, ("7", None, (4.0, 5))),
        ("Support Ticket Rated", {"ticket_id": "7", "rating": 9, "rating_scale": 10}, ("7", None, (9.0, 10))),
        ("Support Ticket Rated", {"ticket_id": "7", "rating": 9}, ("7", None, None)),
        ("Support Ticket Rated", {"ticket_id": "7", "rating": "4"}, ("7", None, None)),
        ("Support Ticket Opened", {"ticket_id": "7", "sentiment": -1}, ("7", -1.0, None)),
        ("Support Ticket Opened", {"ticket_id": "7", "sentiment": -1.5}, ("7", None, None)),
        ("signed_in", {"ticket_id": "7"}, None),
    ],
)
def test_an_event_tells_what_it_may(name: str, properties: dict[str, Any], expected: Any) -> None:
    found = told(name, properties)

    rated = None if found is None or found.rating is None else (found.rating, found.rating_scale)
    assert (None if found is None else (found.key, found.sentiment, rated)) == expected


# Written for this test as customers of software write, each with the mood that its author gave it.
SAMPLE = """
-|The export is broken again and nobody answers my questions.
-|I am very disappointed, this is the third outage this week.
-|Your last update destroyed our dashboards and my boss is furious.
-|This is unacceptable, we are losing customers because of you.
-|I hate the new editor, please give me the old one back.
-|Support has ignored me for days and I want a refund.
-|Terrible experience, the import failed and we lost data.
-|It keeps crashing and I am tired of it.
-|The invoice is wrong and I was charged twice.
-|We are cancelling because it is too slow and useless for us.
-|Honestly I feel misled about what your plan includes.
-|Nothing works since this morning, please hurry.
-|Still waiting. It has been nine days.
-|Every time I save, my changes disappear.
-|You raised our price by half without asking.
+|Thank you so much, that solved it!
+|Great service, you answered within minutes.
+|I love the new reports, they are exactly what we needed.
+|Perfect, it works now. Have a nice day!
+|We are really happy with how fast the migration went.
+|Brilliant, thanks for the quick help.
+|The team is excited about the new integration.
+|This is the best onboarding that I have ever had.
+|You are amazing, problem solved.
+|Nice improvement, much easier to use now.
+|That was helpful, I appreciate it.
+|Awesome, please pass my thanks on to Maria.
+|Works like a charm.
+|Exactly what I was looking for.
+|Five stars from me.
"""


def test_the_estimate_is_as_good_as_the_documents_say() -> None:
    sample = [line.split("|") for line in SAMPLE.strip().splitlines()]
    judged = [(mood, estimate(words)) for mood, words in sample]

    right = sum(value is not None and (value > 0) == (mood == "+") and value != 0 for mood, value in judged)
    wrong = sum(value is not None and (value > 0) == (mood == "-") and value != 0 for mood, value in judged)
    silent = sum(value is None or value == 0 for _, value in judged)

    assert (len(judged), right, wrong, silent) == (30, 22, 4, 4)


def test_what_has_no_known_word_is_not_judged() -> None:
    assert estimate("") is None
    assert estimate("How do I add a user?") is None
    assert estimate("Das ist eine Katastrophe") is None
    assert estimate("terrible " * 5_000) == estimate("terrible " * 1_000)


@pytest.mark.parametrize(
    "written", ["good but " * 1_200, "good.\n" * 1_200, "\N{GRINNING FACE}" * 10_000, "x" * 10_000]
)
def test_what_is_judged_is_short_whatever_is_written(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    judged: list[str] = []
    judge = SentimentIntensityAnalyzer.polarity_scores

    def note(analyzer: SentimentIntensityAnalyzer, sentence: str) -> Any:
        judged.append(sentence)
        return judge(analyzer, sentence)

    monkeypatch.setattr(SentimentIntensityAnalyzer, "polarity_scores", note)

    estimate(written)

    assert all(len(sentence.split()) <= LONGEST_SENTENCE and sentence.isascii() for sentence in judged)
    assert 0 < sum(len(sentence) + 1 for sentence in judged) <= LONGEST_JUDGED + 1


def test_pictographs_are_read_as_words() -> None:
    assert estimate("\N{GRINNING FACE}") == 0.3612
    assert estimate("Well \N{THUMBS DOWN SIGN}\N{ANGRY FACE}") == estimate("Well thumbs down angry face") == -0.296


def test_every_documented_name_has_its_turn() -> None:
    assert set(TURNS.values()) == set(Turn)
