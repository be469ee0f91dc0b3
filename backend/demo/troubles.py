"""What goes wrong in every organization: work that is parked, events that were refused, a receiver that went away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from backend.db.engine import WriteSession
from backend.demo.company import Calendar
from backend.demo.facts import Facts
from backend.identity.models import Member
from backend.ingest import messages, refusals, write_keys
from backend.ingest.messages import Arrival, Refusal
from backend.ingest.models import WriteKeyKind
from backend.ingest.write_keys import Writer
from backend.webhooks import service as webhooks
from backend.webhooks.bodies import event_body
from backend.webhooks.models import DeliveryState, Failure, WebhookDelivery, WebhookEndpoint
from backend.work import enqueue

REFUSED: tuple[Any, ...] = (
    {"type": "track", "userId": "u-17", "messageId": "bad-1", "timestamp": "2026-01-01T00:00:00Z"},
    {
        "type": "track",
        "userId": "u-23",
        "messageId": "bad-2",
        "event": "signed_in",
        "timestamp": "yesterday, about nine",
    },
    {"type": "payment", "userId": "u-4", "messageId": "bad-3", "event": "signed_in"},
)
"""An event without a name, one whose time nobody can read, and a type that does not exist."""


async def refuse(session: WriteSession, facts: Facts, now: datetime) -> None:
    """Have three events refused, each for another reason, on the way that every event takes."""
    made = await write_keys.create(session, name="Product", source_key="product", kind=WriteKeyKind.SERVER)
    writer = Writer(made.id, facts.source("product"), WriteKeyKind.SERVER, frozenset())
    arrival = Arrival(sent_at=now)
    judged = messages.judge(REFUSED, arrival, now)
    refused = [
        refusals.Refused(place, REFUSED[place], one) for place, one in enumerate(judged) if isinstance(one, Refusal)
    ]
    await refusals.keep(session, writer, refused, arrival)


async def park(session: WriteSession, calendar: Calendar) -> None:
    """Park an invitation whose mail no server took."""
    invited = await session.scalar(select(Member.id).order_by(Member.joined_on.desc(), Member.id).limit(1))
    assert invited is not None  # noqa: S101 - the demo has people
    item = await enqueue(session, "identity.mail_invitation", member_id=invited)
    await session.execute(
        text(
            """update work_items set attempts = 10, parked_at = waymark_now() - interval '5 hours',
                created_at = waymark_now() - interval '9 hours', run_at = waymark_now() - interval '9 hours',
                last_error = 'SMTPRecipientsRefused: 550 5.1.1 mailbox unavailable' where id = :item"""
        ),
        {"item": item},
    )


async def remove(session: WriteSession, now: datetime) -> None:
    """Leave the log of a receiver of webhooks that went away: it took the first, then was silent, then was removed.

    A removed endpoint has no address, so that nothing of the demo ever leaves the machine.
    """
    gone = WebhookEndpoint(
        name="Data warehouse",
        host="hooks.parrot-and-pine.example",
        events=[],
        created_at=now - timedelta(days=20),
        failing_since=now - timedelta(days=3),
        removed_at=now - timedelta(days=2),
    )
    session.add(gone)
    await session.flush()
    first, last = now - timedelta(days=20), now - timedelta(days=3)
    told = {"endpoint_id": gone.id, "type": webhooks.TEST}
    sentence = {"sentence": "If you can read this, webhooks arrive."}
    session.add_all(
        [
            WebhookDelivery(
                **told,
                body=event_body(webhooks.TEST, first, sentence),
                state=DeliveryState.DELIVERED.value,
                attempts=1,
                response_code=204,
                attempted_at=first,
                delivered_at=first,
                created_at=first,
            ),
            WebhookDelivery(
                **told,
                body=event_body(webhooks.TEST, last, sentence),
                state=DeliveryState.DROPPED.value,
                attempts=14,
                failure=Failure.TIMEOUT.value,
                attempted_at=last + timedelta(hours=5),
                created_at=last,
            ),
        ]
    )
    await session.flush()
