from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from backend.db.engine import WriteSession
from backend.work.kinds import KINDS, Kind
from backend.work.models import Queue
from jobs.actor import actor
from jobs.actors import ACTORS
from jobs.schedule import SCHEDULES

pytestmark = pytest.mark.unit


def test_every_kind_of_work_has_an_actor_and_every_actor_a_kind() -> None:
    assert ACTORS.keys() == KINDS.keys()


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_every_schedule_asks_for_a_kind_with_arguments_that_its_actor_takes(schedule) -> None:  # type: ignore[no-untyped-def]
    arguments = schedule.arguments(datetime(2026, 11, 1, 0, 10, tzinfo=UTC))

    assert arguments.keys() == ACTORS[schedule.kind].readers.keys()


def test_the_names_of_schedules_differ() -> None:
    assert len({schedule.name for schedule in SCHEDULES}) == len(SCHEDULES)


def test_an_actor_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(LookupError, match=r"'probe\.unknown' is no kind of work"):
        actor("probe.unknown")


def test_an_actor_declares_arguments_that_the_work_list_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "probe.share", Kind(Queue.DEFAULT))

    async def takes_a_float(session: WriteSession, share: float) -> None:
        raise AssertionError

    with pytest.raises(TypeError, match="share must be annotated as UUID, str, int or date"):
        actor("probe.share")(takes_a_float)


def test_arguments_are_read_back_as_the_actor_declares_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "probe.typed", Kind(Queue.DEFAULT))
    monkeypatch.setitem(ACTORS, "probe.typed", ACTORS["work.prune"])  # so that it is removed after the test
    del ACTORS["probe.typed"]

    @actor("probe.typed")
    async def typed(session: WriteSession, account_id: UUID, day: date, chunk: int, word: str) -> None:
        raise AssertionError

    stored = {"account_id": "019b0000-0000-7000-8000-000000000001", "day": "2026-11-01", "chunk": 3, "word": "x"}
    assert ACTORS["probe.typed"].arguments(stored) == {
        "account_id": UUID("019b0000-0000-7000-8000-000000000001"),
        "day": date(2026, 11, 1),
        "chunk": 3,
        "word": "x",
    }
    with pytest.raises(TypeError, match=r"probe\.typed takes no argument colour"):
        ACTORS["probe.typed"].arguments({"colour": "red"})
