"""Kind `tickets` of imports."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from backend.ingest.conversations import MOST_SCALE, USUAL_SCALE
from backend.ingest.fields import Field, Type
from backend.ingest.kinds import Kind, RowCheck, Run, Stored
from backend.support.service import TicketFacts, put_tickets


async def _store(run: Run) -> Stored:
    stored = Stored()
    zone = ZoneInfo(run.setting.zone)
    async for rows in run.batches(
        "account, external_id, opened_at, answered_at, resolved_at, sentiment, rating, rating_scale, known_on"
    ):
        news = await put_tickets(
            run.session,
            run.source_id,
            [
                TicketFacts(
                    account_id=row["account"],
                    external_id=row["external_id"],
                    opened_at=row["opened_at"],
                    opened_on=row["opened_at"].astimezone(zone).date(),
                    answered_at=row["answered_at"],
                    resolved_at=row["resolved_at"],
                    rating=row["rating"],
                    rating_scale=None if row["rating"] is None else row["rating_scale"] or USUAL_SCALE,
                    sentiment=row["sentiment"],
                    known_on=row["known_on"],
                )
                for row in rows
            ],
        )
        stored.taken += len(news)
        stored.unchanged += len(rows) - len(news)
    stored.first_day, stored.last_day = await run.days(f"(opened_at at time zone '{zone}')::date")
    return stored


TICKETS = Kind(
    name="tickets",
    fields=(
        Field("account", Type.ACCOUNT, required=True),
        Field("external_id", Type.TEXT, required=True, longest=300),
        Field("opened_at", Type.MOMENT, required=True),
        Field("answered_at", Type.MOMENT),
        Field("resolved_at", Type.MOMENT),
        Field("sentiment", Type.DECIMAL, least=-1, most=1),
        Field("rating", Type.DECIMAL, most=MOST_SCALE),
        Field("rating_scale", Type.WHOLE, least=1, most=MOST_SCALE),
    ),
    key=("external_id",),
    dated_by="opened_at",
    store=_store,
    checks=(
        RowCheck("answered_at", "v.answered_at < v.opened_at", "lies before opened_at"),
        RowCheck("resolved_at", "v.resolved_at < v.opened_at", "lies before opened_at"),
        RowCheck("rating", f"v.rating > coalesce(v.rating_scale, {USUAL_SCALE})", "is above the scale"),
    ),
)
