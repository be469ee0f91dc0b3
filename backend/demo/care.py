"""How staff and customers talk: conversations with support, touchpoints, notes, pulses and tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from backend.demo.company import Calendar, Company, State
from backend.demo.money import at
from backend.demo.names import MOODS, NOTES, TASKS, TOUCHES

SILENT_SINCE = -6
"""The last day on which the helpdesk delivered anything."""
TICKETS_A_MONTH = {"starter": 0.35, "professional": 0.9, "business": 1.8}
TOUCHED_EVERY = {"starter": (70, 200), "professional": (25, 70), "business": (12, 30)}
PULSE_DAYS = 45
TOLD_SINCE = -120
"""From this day on what happened with tickets and payments stands in the timeline."""

TICKET_COLUMNS = (
    "account_id external_id revision opened_on opened_at answered_at resolved_at sentiment sentiment_is_estimated"
    " known_on"
)
TOUCH_COLUMNS = "account_id kind occurred_at summary person_id logged_by created_at"
NOTE_COLUMNS = "account_id body written_by created_at"
PULSE_COLUMNS = "account_id mood reason expires_on recorded_by created_at"
TASK_COLUMNS = "account_id title assignee_id due_on state closed_at closed_by created_by created_at"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Ticket:
    """A conversation with support."""

    key: str
    day: int
    opened_at: datetime
    answered_at: datetime
    resolved_at: datetime | None
    sentiment: float | None

    def row(self, calendar: Calendar, company: Company) -> Row:
        """Its row, in TICKET_COLUMNS."""
        on = calendar.day(self.day)
        times = (self.opened_at, self.answered_at, self.resolved_at)
        return (company.account_id, self.key, 1, on, *times, self.sentiment, self.sentiment is not None, on)

    def told(self, calendar: Calendar) -> Iterator[tuple[datetime, str, dict[str, Any]]]:
        """What its events told: instant, type and body of domain events."""
        if self.day < TOLD_SINCE:
            return
        base = {"ticket_key": self.key, "opened_on": calendar.day(self.day).isoformat()}
        opened = base | {"happened_at": self.opened_at.isoformat()}
        yield self.opened_at, "TicketOpened", opened
        if self.sentiment is not None and self.sentiment < -0.25:
            mood = {"sentiment_thousandths": round(self.sentiment * 1000), "is_estimated": True}
            yield self.opened_at, "NegativeTicket", opened | mood
        if self.resolved_at is not None:
            yield self.resolved_at, "TicketResolved", base | {"happened_at": self.resolved_at.isoformat()}


def tickets(rng: Random, calendar: Calendar, company: Company) -> Iterator[Ticket]:
    """Conversations of the window until the helpdesk fell silent."""
    said = [(one.day, one.sentiment) for one in company.tickets]
    if not company.is_scripted:
        day = company.begins
        while day <= min(company.last, SILENT_SINCE):
            level = company.towards("mood", day)
            a_month = TICKETS_A_MONTH[company.tier] * (1.6 - level)
            day += 1 + int(rng.expovariate(a_month / 30))
            if day <= min(company.last, SILENT_SINCE) and (calendar.is_open(day) or rng.random() < 0.3):
                said.append((day, max(-1.0, min(1.0, rng.gauss(-0.42 + 1.05 * company.towards("mood", day), 0.22)))))
    for place, (day, mood) in enumerate(sorted(said), 1):
        opened = at(calendar.day(day), rng.randint(7, 17), rng.randint(0, 59))
        answered = opened + timedelta(minutes=rng.randint(4, 300))
        is_open = day > -12 and rng.random() < 0.5
        resolved = None if is_open else answered + timedelta(hours=rng.randint(1, 30))
        judged = round(mood, 3) if company.is_scripted or rng.random() < 0.85 else None
        yield Ticket(f"{company.key}-q{place}", day, opened, answered, resolved, judged)


class Care:
    """Collects what staff do for all customers."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.touches: list[Row] = []
        self.notes: list[Row] = []
        self.pulses: list[Row] = []
        self.tasks: list[Row] = []

    def add(self, rng: Random, company: Company, staff: UUID) -> None:
        """What the success manager, whose id this is, did for a customer."""
        if not company.is_scripted:
            self._ordinary(rng, company, staff)
        for said in company.touches:
            self._touch(rng, company, staff, said.day, said.text, said.kind)
        for said in company.notes:
            self.notes.append((company.account_id, said.text, staff, at(self._calendar.day(said.day), 15)))
        for said in company.tasks:
            self._task(rng, company, staff, said.day, said.text, is_done=False)

    def _ordinary(self, rng: Random, company: Company, staff: UUID) -> None:
        every = TOUCHED_EVERY[company.tier]
        day = company.begins + rng.randint(3, every[1])
        touched_last = -1 if rng.random() < 0.85 else -rng.randint(60, 120)  # some are forgotten for a while
        while day <= min(company.last, touched_last):
            mood = "good" if company.level.at(day) > 0.5 else "bad"
            self._touch(rng, company, staff, day, rng.choice(TOUCHES[mood]))
            day += rng.randint(*every)
        if company.state is State.RESCUED:
            turn = min(company.level.knots, key=lambda knot: knot[1])[0]
            for place, text in enumerate(TOUCHES["rescue"]):
                self._touch(rng, company, staff, min(-1, turn + 5 + 9 * place), text)
            self._task(rng, company, staff, min(-1, turn + 6), "Rescue plan: agree on one goal", is_done=True)
        if rng.random() < 0.3:
            day = rng.randint(company.begins, min(company.last, -1))
            self.notes.append((company.account_id, rng.choice(NOTES), staff, at(self._calendar.day(day), 15)))
        if company.tier != "starter" or rng.random() < 0.15:
            self._pulses(rng, company, staff)
        if company.ended is None and rng.random() < 0.3:
            is_done = rng.random() < 0.55
            due = -rng.randint(1, 90) if is_done else rng.randint(-9, 25)
            self._task(rng, company, staff, due, rng.choice(TASKS), is_done=is_done)

    def _pulses(self, rng: Random, company: Company, staff: UUID) -> None:
        day = company.begins + rng.randint(5, 60)
        while day <= min(company.last, -1):
            level = company.level.at(day) + rng.gauss(0, 0.1)
            mood = "GREEN" if level > 0.62 else "YELLOW" if level > 0.38 else "RED"
            made, ends = self._calendar.day(day), self._calendar.day(day + PULSE_DAYS)
            self.pulses.append((company.account_id, mood, MOODS[mood], ends, staff, at(made, 16)))
            day += rng.randint(28, 60)

    def _touch(self, rng: Random, company: Company, staff: UUID, day: int, text: str, kind: str = "") -> None:
        here = [one for one in company.people if one.joined <= day and (one.left is None or day < one.left)]
        whom = here[0].person_id if here and rng.random() < 0.8 else None
        when = at(self._calendar.day(day), rng.randint(8, 16), rng.choice((0, 15, 30, 45)))
        how = kind or rng.choice(("CALL", "CALL", "MEETING", "EMAIL", "CHAT"))
        self.touches.append((company.account_id, how, when, text, whom, staff, when))

    def _task(self, rng: Random, company: Company, staff: UUID, due: int, title: str, *, is_done: bool) -> None:
        made = at(self._calendar.day(min(due, 0) - rng.randint(4, 12)), 10)
        closed = at(self._calendar.day(min(due, -1)), 14) if is_done else None
        state = "DONE" if is_done else "OPEN"
        on = self._calendar.day(due)
        who = (closed, staff if is_done else None, staff)
        self.tasks.append((company.account_id, title, staff, on, state, *who, made))
