from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.db.engine import Database
from backend.settings import Settings
from tests.billing.stripe_events import Stripe
from tests.factories import make_account
from tests.serving import serve


@pytest.fixture
async def stripe(database: Database, settings: Settings) -> Stripe:
    """A connected Stripe, and the account of its customer cus_1."""
    async with database.begin() as session:
        await make_account(session, "Acme", external_id="cus_1")
    made = Stripe(database, settings)
    await made.connect()
    return made


@pytest.fixture
async def endpoint(stripe: Stripe, settings_with_valkey: Settings) -> AsyncIterator[Stripe]:
    """The same behind the endpoint of an API process."""
    async with serve(settings_with_valkey) as client:
        stripe.client = client
        yield stripe
