"""Webhooks reach a real receiver, signed so that the reference library verifies them, under one id however often."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from standardwebhooks import Webhook, WebhookVerificationError

from backend.db import clock
from backend.db.engine import Database, WriteSession
from backend.errors import Conflict, NotFound
from backend.events import DomainEventRow
from backend.outgoing import trust
from backend.settings import Settings
from backend.webhooks import sending, service
from backend.webhooks.models import BodyForm, WebhookDelivery, WebhookEndpoint
from backend.work import WorkItem
from jobs import actors
from jobs.runner import Runner
from tests.alerts.test_alerts import CHURN_RISK, look, rules
from tests.erasure.erasing import dump
from tests.factories import make_account, make_staff
from tests.jobs import probe
from tests.jobs.clockwork import an_hour_later
from tests.mail.test_sending import certificate
from tests.patience import PATIENCE_SECONDS
from tests.webhook_receiver import Receiver, receiver

assert "webhooks.send" in actors.ACTORS


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


async def add(database: Database, there: Receiver, **more: Any) -> service.NewSecret:
    async with database.begin() as session:
        return await service.add(session, **{"name": "Ours", "url": there.url(), **more})


async def publish(database: Database, event_id: UUID | None = None, type_: str = "alert.opened") -> UUID:
    """Tell of something that happened; the event's id."""
    async with database.begin() as session:
        if event_id is None:
            row = DomainEventRow(type="AlertOpened", body={})
            session.add(row)
            await session.flush()
            event_id = row.id
        data = {"accountName": "Acme <!channel>", "ruleName": "Use & load", "sentence": "Use fell."}
        await service.publish(session, type_, data, event_id=event_id, at=await clock.now(session))
        return event_id


async def send(settings: Settings) -> None:
    """One round of a worker, whatever time it is."""
    database = Database(settings)
    await database.open()
    async with database.begin() as session:
        await session.execute(
            text("update work_items set run_at = waymark_now() where parked_at is null and finished_at is null")
        )
    for _ in range(3):
        await Runner(database).answer("webhooks.send")
    await database.close()


async def deliveries(database: Database) -> list[tuple[str, int, int | None, str | None]]:
    async with database.begin() as session:
        rows = await session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id))
        return [(row.state, row.attempts, row.response_code, row.failure) for row in rows]


async def endpoint(database: Database) -> WebhookEndpoint:
    async with database.begin() as session:
        return (await session.scalars(select(WebhookEndpoint))).one()


def verified(one: Any, secret: str) -> Any:
    return Webhook(secret).verify(one.body, one.headers)


async def test_a_delivery_verifies_with_the_reference_library_and_with_no_other_secret(
    database: Database, settings: Settings, there: Receiver
) -> None:
    made = await add(database, there)
    event = await publish(database)
    await publish(database, event)

    await send(settings)

    [request] = there.requests
    assert verified(request, made.secret)["type"] == "alert.opened"
    with pytest.raises(WebhookVerificationError):
        verified(request, "whsec_" + "A" * 44)
    with pytest.raises(WebhookVerificationError):
        verified(replace(request, body=request.body + b" "), made.secret)
    assert (request.path, request.headers["host"]) == ("/hooks?key=Address-Secret-0815", f"127.0.0.1:{there.port}")
    assert json.loads(request.body)["data"]["accountName"] == "Acme <!channel>"
    assert await deliveries(database) == [("DELIVERED", 1, 204, None)]


@pytest.mark.parametrize("status", [301, 400, 429, 500])
async def test_what_is_not_taken_is_tried_again_under_the_same_id_and_no_redirect_is_followed(
    database: Database, settings: Settings, there: Receiver, status: int
) -> None:
    made = await add(database, there)
    await publish(database)
    there.status, there.headers = status, {"location": there.url("/elsewhere")}
    await send(settings)
    first = await deliveries(database)
    async with database.begin() as session:
        item = (await session.scalars(select(WorkItem).where(WorkItem.kind == "webhooks.send"))).one()
        waits = item.run_at > await clock.now(session)

    there.status = 200
    await send(settings)

    assert (first, waits) == ([("PENDING", 1, status, "STATUS")], True)
    assert item.last_error == f"NotDelivered: 127.0.0.1:{there.port} answered {status}."
    assert [one.path for one in there.requests] == ["/hooks?key=Address-Secret-0815"] * 2
    assert len(set(there.ids)) == 1
    assert there.requests[0].body == there.requests[1].body
    assert [verified(one, made.secret)["type"] for one in there.requests] == ["alert.opened"] * 2
    assert await deliveries(database) == [("DELIVERED", 2, 200, None)]
    assert (await endpoint(database)).failing_since is None


async def test_a_receiver_that_does_not_answer_costs_seconds(
    database: Database, settings: Settings, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    await add(database, there)
    await publish(database)

    async def hang(_writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    there.instead = hang
    await send(settings)

    assert await deliveries(database) == [("PENDING", 1, None, "TIMEOUT")]


async def test_a_receiver_that_hangs_up_or_is_not_there_is_unreachable(
    database: Database, settings: Settings, there: Receiver
) -> None:
    await add(database, there)
    await add(database, there, url="http://127.0.0.1:1/")
    await publish(database)

    async def hang_up(_writer: asyncio.StreamWriter) -> None:
        return

    there.instead = hang_up
    await send(settings)

    assert await deliveries(database) == [("PENDING", 1, None, "UNREACHABLE")] * 2


async def test_an_answer_without_end_is_not_read(database: Database, settings: Settings, there: Receiver) -> None:
    await add(database, there)
    await publish(database)

    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    there.instead = talk
    await send(settings)

    assert await deliveries(database) == [("DELIVERED", 1, 200, None)]


async def test_a_worker_killed_between_answer_and_record_sends_again_under_the_same_id(
    settings_with_valkey: Settings, there: Receiver
) -> None:
    used = settings_with_valkey
    database = Database(used)
    await database.open()
    made = await add(database, there)
    await publish(database)

    async def hang(_writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    there.instead = hang
    with probe.process(used, "clock"), probe.process(used, "worker", "default") as worker:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await there.came.wait()
        os.kill(worker.pid, signal.SIGKILL)
        await probe.ended(worker)
    between = await deliveries(database)
    there.instead = None
    await an_hour_later(used)  # its lease is over
    await send(used)

    assert between == [("PENDING", 1, None, None)]
    assert len(there.requests) == 2
    assert len(set(there.ids)) == 1
    assert there.requests[0].body == there.requests[1].body
    # The database's clock is an hour ahead, which the reference library refuses by itself.
    assert verified(there.requests[0], made.secret)["type"] == "alert.opened"
    assert await deliveries(database) == [("DELIVERED", 2, 204, None)]
    await database.close()


async def test_what_is_given_up_is_parked_and_is_replayed_under_the_same_id(
    database: Database, settings: Settings, there: Receiver
) -> None:
    await add(database, there)
    await publish(database)
    there.status = 500
    async with database.begin() as session:
        await session.execute(text("update work_items set parks_after = 2 where kind = 'webhooks.send'"))
        delivery = (await session.scalars(select(WebhookDelivery.id))).one()
    await send(settings)
    with pytest.raises(Conflict, match="It is still being tried"):
        await replay(database, delivery)
    await send(settings)
    await send(settings)
    parked = len(there.requests)

    there.status = 200
    await replay(database, delivery)
    await send(settings)
    taken = await deliveries(database)
    await replay(database, delivery)
    await send(settings)

    assert parked == 2
    assert taken == [("DELIVERED", 3, 200, None)]
    assert await deliveries(database) == [("DELIVERED", 4, 200, None)]
    assert (len(there.requests), len(set(there.ids))) == (4, 1)


async def replay(database: Database, delivery: UUID) -> None:
    async with database.begin() as session:
        await service.replay(session, delivery)


async def test_for_a_day_the_former_secret_signs_as_well(
    database: Database, settings: Settings, there: Receiver
) -> None:
    old = await add(database, there)
    async with database.begin() as session:
        new = await service.rotate(session, old.endpoint_id)
    await publish(database)
    await send(settings)
    async with database.begin() as session:
        await session.execute(text("update webhook_endpoints set former_secret_until = waymark_now()"))
    await publish(database)
    await send(settings)

    both, later = there.requests
    assert [verified(both, secret)["type"] for secret in (old.secret, new.secret)] == ["alert.opened"] * 2
    assert verified(later, new.secret)["type"] == "alert.opened"
    with pytest.raises(WebhookVerificationError):
        verified(later, old.secret)


async def test_an_endpoint_that_is_gone_is_paused_and_gets_later_what_it_missed(
    database: Database, settings: Settings, there: Receiver
) -> None:
    made = await add(database, there)
    there.status = 410
    await publish(database)
    await send(settings)
    await publish(database)
    await send(settings)
    paused = await endpoint(database)
    held = await deliveries(database)

    there.status = 200
    async with database.begin() as session:
        assert await service.resume(session, made.endpoint_id) == 2
    await send(settings)

    assert (paused.pause_reason, held) == ("GONE", [("HELD", 1, 410, "STATUS"), ("HELD", 0, None, None)])
    assert await deliveries(database) == [("DELIVERED", 2, 200, None), ("DELIVERED", 1, 200, None)]
    async with database.begin() as session:
        with pytest.raises(Conflict, match="not paused"):
            await service.resume(session, made.endpoint_id)


async def test_an_endpoint_is_paused_after_three_days_without_a_success(
    database: Database, settings: Settings, there: Receiver
) -> None:
    await add(database, there)
    there.status = 500
    await publish(database)
    await send(settings)
    first = await endpoint(database)
    async with database.begin() as session:
        row = (await session.scalars(select(WebhookEndpoint))).one()
        assert row.failing_since is not None
        row.failing_since -= timedelta(days=3)
    await send(settings)
    then = await endpoint(database)
    await send(settings)

    assert (first.pause_reason, then.pause_reason) == (None, "FAILING")
    assert await deliveries(database) == [("HELD", 2, 500, "STATUS")]
    assert len(there.requests) == 2


async def test_an_endpoint_gets_the_types_that_it_chose_and_a_removed_one_nothing(
    database: Database, settings: Settings, there: Receiver
) -> None:
    some = await add(database, there, events=["alert.resolved"])
    gone = await add(database, there)
    await publish(database)
    async with database.begin() as session:
        await service.remove(session, gone.endpoint_id)
    await publish(database, type_="alert.resolved")
    await send(settings)

    [request] = there.requests
    assert verified(request, some.secret)["type"] == "alert.resolved"
    assert sorted(state for state, *_ in await deliveries(database)) == ["DELIVERED", "DROPPED"]
    async with database.begin() as session:
        row = await session.get_one(WebhookEndpoint, gone.endpoint_id)
        assert (row.url, row.secret, row.former_secret) == (None, None, None)
        with pytest.raises(NotFound):
            await service.rotate(session, gone.endpoint_id)


async def test_slack_gets_a_message_that_mentions_nobody(
    database: Database, settings: Settings, there: Receiver
) -> None:
    made = await add(database, there, form=BodyForm.SLACK)
    await publish(database)
    await send(settings)

    [request] = there.requests
    assert verified(request, made.secret) == {"text": "*Acme &lt;!channel&gt;*: Use &amp; load (opened)\nUse fell."}


async def test_addresses_and_secrets_stand_nowhere_in_the_clear(
    database: Database, settings: Settings, there: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    made = await add(database, there)
    await publish(database)
    there.status = 500
    await send(settings)
    stored, told = await dump(settings), capfd.readouterr()

    for place in (stored, told.out, told.err):
        assert made.secret not in place
        assert "Address-Secret-0815" not in place


async def test_the_connection_is_made_to_the_resolved_address_with_the_names_certificate(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate_file = certificate(tmp_path)
    async with receiver(context) as there:
        await add(database, there)
        await publish(database)
        await send(settings)
        unknown = await deliveries(database)
        trusted = trust()
        fresh = type(trusted)(trusted.protocol)
        fresh.load_verify_locations(certificate_file)
        monkeypatch.setattr(sending, "trust", lambda: fresh)
        await send(settings)

    assert unknown == [("PENDING", 1, None, "UNREACHABLE")]
    assert await deliveries(database) == [("DELIVERED", 2, 204, None)]


async def test_an_alert_reaches_an_endpoint_with_its_numbers(
    database: Database, settings: Settings, there: Receiver
) -> None:
    made = await add(database, there)
    async with database.begin() as session:
        await make_staff(session)
        await rules(session, dear=CHURN_RISK)
        account = await make_account(session, "Acme", mrr_minor=1000, external_id="crm-7")
        [alert] = await look(session)

    await Runner(database).answer("alerts.tell")
    await send(settings)

    [request] = there.requests
    told = verified(request, made.secret)
    assert (told["type"], told["data"]) == (
        "alert.opened",
        {
            "alertId": f"alert_{alert.hex}",
            "accountId": f"acct_{account.id.hex}",
            "accountExternalId": "crm-7",
            "accountName": "Acme",
            "ruleKey": "dear",
            "ruleName": "Small and dear",
            "severity": "INFO",
            "sentence": "Pays much.",
            "facts": {},
        },
    )
    async with database.begin() as session:
        assert told["timestamp"] == (await opened_at(session)).isoformat()


async def opened_at(session: WriteSession) -> Any:
    found = await session.scalar(select(DomainEventRow.occurred_at).where(DomainEventRow.type == "AlertOpened"))
    assert found is not None
    return found


async def test_deliveries_are_forgotten_after_30_days(database: Database, settings: Settings, there: Receiver) -> None:
    made = await add(database, there)
    for _ in range(2):
        await publish(database)
    await send(settings)
    async with database.begin() as session:
        await service.remove(session, made.endpoint_id)
        await session.execute(
            text(
                "update webhook_deliveries set created_at = created_at - interval '31 days'"
                " where id = (select min(id::text)::uuid from webhook_deliveries)"
            )
        )
        await service.prune(session)

    assert len(await deliveries(database)) == 1
    assert (await endpoint(database)).removed_at is not None
