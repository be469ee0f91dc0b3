"""Kind `usage`: what was counted per account, metric and day, as totals."""

from __future__ import annotations

from backend.ingest.fields import Field, Type
from backend.ingest.kinds import Kind, Run, Stored
from backend.usage.restatement import restate


async def _store(run: Run) -> Stored:
    taken, unchanged = await restate(run.driver, run.source_id, run.setting.today, table="ready")
    return Stored(taken, unchanged, *await run.days("day"))


USAGE = Kind(
    name="usage",
    fields=(
        Field("account", Type.ACCOUNT, required=True),
        Field("metric", Type.METRIC, required=True),
        Field("day", Type.DAY, required=True),
        Field("amount", Type.AMOUNT, required=True),
        Field("users", Type.WHOLE, most=2**31 - 1),
    ),
    key=("account", "day", "metric"),
    dated_by="day",
    store=_store,
    optional_amount="amount",
)
