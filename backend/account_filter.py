"""The filter of accounts: the fields that features declare, put together."""

from __future__ import annotations

from typing import Any

from backend.accounts import filters as accounts
from backend.alerts import filters as alerts
from backend.billing import filters as billing
from backend.engagement import filters as engagement
from backend.filters import Condition, Fields, Vocabularies, compile_filter
from backend.health import filters as health
from backend.ingest import filters as ingest
from backend.tasks import filters as tasks
from backend.usage import filters as usage

FIELDS: Fields = {
    **accounts.FIELDS,
    **engagement.FIELDS,
    **tasks.FIELDS,
    **usage.FIELDS,
    **ingest.FIELDS,
    **health.FIELDS,
    **alerts.FIELDS,
    **billing.FIELDS,
}


def account_condition(given: Any, vocabularies: Vocabularies | None = None) -> Condition:
    """The condition of a filter on `accounts`, for `select(Account).where(...)`.

    `vocabularies` are the words of the running program, such as {"tier": […], "metric": […]}; a literal outside them
    is a problem. Raises FilterInvalid with every problem and its path.
    """
    return compile_filter(FIELDS, given, {**health.BANDS, **engagement.MOODS, **(vocabularies or {})})
