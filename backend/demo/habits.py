"""What the demo's customers usually do, so that the simulator lets them go on living as they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.ids import uuid7

MIX = {
    "api_called": 80.0,
    "conversation_started": 13.0,
    "saved_reply_sent": 3.0,
    "workflow_run": 2.4,
    "report_viewed": 0.7,
    "signed_in": 0.9,
}
"""Event → percent. At two events a second this is about what all customers do in a day anyway."""
METRIC_OF = {
    "api_called": "api_calls",
    "conversation_started": "conversations",
    "saved_reply_sent": "saved_replies",
    "workflow_run": "workflow_runs",
    "report_viewed": "report_views",
}
USED = """
select a.external_id, m.key, sum(u.delta)::float8 as amount
from usage_daily u join metrics m on m.id = u.metric_id join accounts a on a.id = u.account_id
where u.day between waymark_today() - 14 and waymark_today() - 1 and m.key = any(:metrics)
  and u.account_id in (select account_id from current_health)
group by 1, 2 order by 1, 2
"""
PRESENT = """
select i.external_id as person, a.external_id as account, count(*)::float8 as amount
from member_days d join metrics m on m.id = d.metric_id join accounts a on a.id = d.account_id
join person_identities i on i.person_id = d.person_id
where d.day between waymark_today() - 14 and waymark_today() - 1 and m.key = 'logins'
  and d.account_id in (select account_id from current_health)
group by 1, 2 order by 1, 2
"""


@dataclass(frozen=True)
class Habits:
    """Who does what how often: per event, its senders (account and perhaps person) and their weights."""

    senders: dict[str, list[tuple[str, str | None]]]
    weights: dict[str, list[float]]

    def next(self, rng: Random, now: datetime) -> dict[str, Any] | None:
        """The next item that a customer's product sends; None where nobody has any habit."""
        known = [event for event in MIX if self.senders.get(event)]
        if not known:
            return None
        event = rng.choices(known, [MIX[one] for one in known])[0]
        account, person = rng.choices(self.senders[event], self.weights[event])[0]
        return {
            "type": "track",
            "event": event,
            "messageId": f"live-{uuid7()}",
            "timestamp": now.isoformat(),
            "context": {"groupId": account},
            "properties": {"calls": 1} if event == "api_called" else {},
            **({"userId": person} if person else {}),
        }


async def learn(session: AsyncSession) -> Habits:
    """Look at the last two weeks."""
    senders: dict[str, list[tuple[str, str | None]]] = {event: [] for event in MIX}
    weights: dict[str, list[float]] = {event: [] for event in MIX}
    events = {metric: event for event, metric in METRIC_OF.items()}
    for row in await session.execute(text(USED), {"metrics": list(events)}):
        senders[events[row.key]].append((row.external_id, None))
        weights[events[row.key]].append(row.amount)
    for row in await session.execute(text(PRESENT)):
        senders["signed_in"].append((row.account, row.person))
        weights["signed_in"].append(row.amount)
    return Habits(senders, weights)


HELPDESK_SPEAKS = """
select coalesce((select e.after ->> 'action' = 'ANGRY_TICKET' from audit_entries e
    where e.action = 'demo.acted' and e.after ->> 'action' in ('ANGRY_TICKET', 'HELPDESK_SILENT')
    order by e.id desc limit 1), false)
"""
"""The helpdesk is silent as the demo begins, speaks from its first ticket on, silent again once that is asked."""


async def helpdesk_speaks(session: AsyncSession) -> bool:
    """Whether the helpdesk sends anything."""
    return bool(await session.scalar(text(HELPDESK_SPEAKS)))
