"""From stored events of conversations to tickets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from backend.db import clock
from backend.db.engine import WriteSession
from backend.events import emit
from backend.identity.queries import time_zone
from backend.ingest.conversations import Turn, told
from backend.support import events
from backend.support.models import Ticket, TicketEvent
from backend.support.rules import NEGATIVE, TicketState, TurnTold, is_negative_after, state_of
from backend.support.service import TicketFacts, put_tickets
from backend.usage.models import Source
from backend.usage.service import mark_accounts

MOST_AT_ONCE = 1_000
TAKE = """
with taken as (
    delete from conversation_marks where ctid = any(array(
        select ctid from conversation_marks order by received_at limit :most for update skip locked))
    returning account_id, received_at, event_id
)
select e.source_id, e.message_id, e.account_id, e.name, e.occurred_at, e.properties from taken t, lateral (
    select * from events e where e.account_id = t.account_id and e.received_at = t.received_at and e.id = t.event_id
    offset 0) e
order by e.source_id, e.message_id
"""


async def take(session: WriteSession) -> int:
    """Make tickets of marked events, at most 1,000; how many events there were. An event that does not say which
    conversation it is of makes none.
    """
    rows = (await session.execute(text(TAKE), {"most": MOST_AT_ONCE})).all()
    found: dict[UUID, dict[str, dict[str, object]]] = {}
    for row in rows:
        if (turn := told(row.name, row.properties)) is not None:
            found.setdefault(row.source_id, {})[row.message_id] = {
                "source_id": row.source_id,
                "message_id": row.message_id,
                "account_id": row.account_id,
                "ticket_key": turn.key,
                "kind": turn.turn.value,
                "occurred_at": row.occurred_at,
                "sentiment": turn.sentiment,
                "sentiment_is_estimated": turn.is_estimated,
                "rating": turn.rating,
                "rating_scale": turn.rating_scale,
            }
    for source_id, said in sorted(found.items()):
        # One transaction at a time speaks for a source: see `revise`.
        await session.scalar(select(Source.id).where(Source.id == source_id).with_for_update(key_share=True))
        await session.execute(insert(TicketEvent).values(list(said.values())).on_conflict_do_nothing())
        await _derive(session, source_id, sorted({str(one["ticket_key"]) for one in said.values()}))
    return len(rows)


async def _derive(session: WriteSession, source_id: UUID, keys: Sequence[str]) -> None:
    """Bring tickets up to their events."""
    zone, today = ZoneInfo(await time_zone(session)), await clock.today(session)
    turns: dict[str, list[TurnTold]] = {}
    of_keys = select(TicketEvent).where(TicketEvent.source_id == source_id, TicketEvent.ticket_key.in_(keys))
    for row in await session.scalars(of_keys):
        turns.setdefault(row.ticket_key, []).append(
            TurnTold(
                message_id=row.message_id,
                account_id=row.account_id,
                turn=Turn(row.kind),
                at=row.occurred_at,
                sentiment=row.sentiment,
                is_estimated=row.sentiment_is_estimated,
                rating=row.rating,
                rating_scale=row.rating_scale,
            )
        )
    stored = await session.scalars(
        select(Ticket).where(
            Ticket.source_id == source_id, Ticket.external_id.in_(keys), Ticket.superseded_on.is_(None)
        )
    )
    before = {row.external_id: row for row in stored}
    moods: dict[str, list[float | None]] = {}
    every = select(Ticket.external_id, Ticket.sentiment).where(
        Ticket.source_id == source_id, Ticket.external_id.in_(keys)
    )
    for key, mood in await session.execute(every.order_by(Ticket.external_id, Ticket.revision)):
        moods.setdefault(key, []).append(mood)
    negative = {key for key, found in moods.items() if is_negative_after(found)}
    states = {key: state_of(told_of) for key, told_of in sorted(turns.items())}
    news = await put_tickets(
        session,
        source_id,
        [
            TicketFacts(
                account_id=state.account_id,
                external_id=key,
                opened_at=state.opened_at,
                opened_on=_day(state.opened_at, zone),
                answered_at=state.answered_at,
                resolved_at=state.resolved_at,
                reopenings=state.reopenings,
                sentiment=state.sentiment,
                sentiment_is_estimated=state.sentiment_is_estimated,
                rating=state.rating,
                rating_scale=state.rating_scale,
                known_on=today,
            )
            for key, state in states.items()
        ],
    )
    await _tell(session, {key: states[key] for key in sorted(news)}, before, negative, zone)
    await mark_accounts(
        session, {states[key].account_id for key in news} | {before[key].account_id for key in news & before.keys()}
    )


async def _tell(
    session: WriteSession,
    states: Mapping[str, TicketState],
    before: Mapping[str, Ticket],
    negative: Collection[str],
    zone: ZoneInfo,
) -> None:
    """Emit what is new of tickets; `negative` are those told of as such. What was heard too late to be true any more is
    not told."""
    for key, state in states.items():
        was, opened_on = before.get(key), _day(state.opened_at, zone)
        if was is None:
            await emit(
                session,
                events.TicketOpened(
                    account_id=state.account_id, ticket_key=key, opened_on=opened_on, happened_at=state.opened_at
                ),
            )
        if state.resolved_at is not None and (was is None or was.resolved_at is None):
            await emit(
                session,
                events.TicketResolved(
                    account_id=state.account_id, ticket_key=key, opened_on=opened_on, happened_at=state.resolved_at
                ),
            )
        if state.sentiment is not None and state.sentiment < NEGATIVE and key not in negative:
            await emit(
                session,
                events.NegativeTicket(
                    account_id=state.account_id,
                    ticket_key=key,
                    opened_on=opened_on,
                    happened_at=state.last_at,
                    sentiment_thousandths=round(state.sentiment * 1000),
                    is_estimated=state.sentiment_is_estimated,
                ),
            )


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
