"""What somebody was told or has read, told to their own devices as it happens and to nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.billing.events import PaymentFailed
from backend.db import clock
from backend.db.engine import Database
from backend.events import DomainEventRow, emit
from backend.identity import tokens
from backend.notifications import service
from backend.notifications.models import Matter
from tests.graphql.live import announcing, until_open
from tests.graphql.test_expiry import until_refused
from tests.graphql.test_subscriptions import subscribed
from tests.graphql.world import World
from tests.serving import listen

CHANGED = "subscription { notificationChanged { id title readAt } }"
MARK = "mutation ($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) { userErrors { code } } }"
COUNT = "{ viewer { unreadNotificationCount notifications(first: 1) { nodes { id } } } }"
SECONDS = 3


@pytest.fixture
async def url(own_world: World) -> AsyncIterator[str]:
    """A second API process over the world."""
    async with listen(own_world.settings) as address:
        yield address


@pytest.fixture
async def database(own_world: World) -> AsyncIterator[Database]:
    """A process that writes and announces, as workers do."""
    async with announcing(own_world) as made:
        yield made


async def tell(database: Database, account: UUID, *persons: UUID, amount: int = 4_900) -> None:
    """Tell persons that a payment failed."""
    async with database.begin() as session:
        failed = PaymentFailed(
            account_id=account,
            invoice_key="in_1",
            amount_minor=amount,
            currency="USD",
            attempt=1,
            occurred_on=await clock.today(session),
        )
        facts = {"amount": f"{amount / 100:.2f}", "currency": "USD"}
        event = await session.get_one(DomainEventRow, await emit(session, failed))
        await service.tell(session, persons, Matter.PAYMENT_FAILED, event, facts=facts)


async def test_somebody_is_told_of_their_own_on_all_their_devices_and_of_nobody_else_s(
    own_world: World, url: str, database: Database
) -> None:
    acme, zenith = own_world.acme, own_world.zenith
    async with subscribed(url, own_world, "acme", CHANGED) as one, subscribed(url, own_world, "acme", CHANGED) as two:
        await tell(database, zenith.account, zenith.persons[0], amount=1_100)
        await tell(database, acme.account, acme.persons[1], amount=2_200)
        await tell(database, acme.account, acme.persons[0])
        told = [await one.next(), await two.next()]
        before: Any = (await own_world.data("acme", COUNT))["viewer"]

        await own_world.data("acme", MARK, {"input": {"notificationIds": None}})
        read = [(await device.next())[1]["data"]["notificationChanged"] for device in (one, two)]
        after: Any = (await own_world.data("acme", COUNT))["viewer"]

    told_id = before["notifications"]["nodes"][0]["id"]
    news = {"id": told_id, "title": "A payment of 49.00 USD failed.", "readAt": None}
    assert told == [("next", {"data": {"notificationChanged": news}})] * 2
    assert [(each["id"], each["readAt"] is not None) for each in read] == [(told_id, True)] * 2
    assert (before["unreadNotificationCount"], after["unreadNotificationCount"]) == (1, 0)


@pytest.mark.parametrize("who, code", [("nobody", "UNAUTHENTICATED"), ("narrow key", "FORBIDDEN")])
async def test_whoever_has_no_inbox_follows_none(own_world: World, who: str, code: str) -> None:
    errors = await own_world.errors(who, CHANGED)

    assert [error["extensions"]["code"] for error in errors] == [code]


async def test_nothing_of_an_inbox_is_told_once_the_token_has_run_out(
    own_world: World, url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "LIFETIME", timedelta(seconds=SECONDS))
    monkeypatch.setattr(tokens, "LEEWAY_SECONDS", 0)
    token = own_world.credential("acme")
    async with subscribed(url, own_world, "acme", CHANGED, token=token) as device:
        await until_open(url, own_world, streams=1)
        await until_refused(url, token)
        await tell(database, own_world.acme.account, own_world.acme.persons[0])

        kind, body = await device.next()
        end = await device.next()

    assert (kind, "data" in body) == ("next", False)
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]
    assert end == ("complete", None)
