"""`waymark webhooks` and `waymark deliveries`, as whoever runs Waymark uses them."""

from __future__ import annotations

from standardwebhooks import Webhook

from backend.db.engine import Database
from backend.settings import Settings
from jobs import actors
from jobs.runner import Runner
from tests.command_line import waymark
from tests.webhook_receiver import receiver

assert "webhooks.send" in actors.ACTORS


async def test_an_endpoint_is_added_tested_rotated_and_removed(database: Database, settings: Settings) -> None:
    async with receiver() as there:
        added = await waymark(settings, "webhooks", "add", there.url(), "--name", "Ours", "--event", "alert.opened")
        secret = added.stdout.strip()
        listed = await waymark(settings, "webhooks", "list")
        endpoint = listed.stdout.split()[0]
        tested = await waymark(settings, "webhooks", "test", endpoint)
        delivery = tested.stdout.strip()
        await Runner(database).answer("webhooks.send")
        log = await waymark(settings, "deliveries", "list")
        replayed = await waymark(settings, "deliveries", "replay", delivery)
        await Runner(database).answer("webhooks.send")

    assert added.stderr == f"Shown this once: it belongs to the receiver alone. The endpoint is {endpoint}.\n"
    assert listed.stdout == f"{endpoint}  ok  127.0.0.1:{there.port}  STANDARD  alert.opened: Ours\n"
    assert log.stdout.split() == [delivery, "webhook.test", "DELIVERED", "1", "attempts", "204"]
    assert replayed.stdout == "It is sent again now.\n"
    assert there.ids == [f"msg_{delivery.replace('-', '')}"] * 2
    body = Webhook(secret).verify(there.requests[0].body, there.requests[0].headers)
    assert (body["type"], body["data"]) == (
        "webhook.test",
        {"sentence": "If you can read this, webhooks arrive."},
    )

    rotated = await waymark(settings, "webhooks", "rotate", endpoint)
    resumed = await waymark(settings, "webhooks", "resume", endpoint)
    removed = await waymark(settings, "webhooks", "remove", endpoint)
    again = await waymark(settings, "webhooks", "remove", endpoint)
    empty = await waymark(settings, "webhooks", "list")

    assert rotated.stdout.startswith("whsec_")
    assert rotated.stdout.strip() != secret
    assert (resumed.returncode, resumed.stderr) == (1, "The endpoint is not paused.\n")
    assert removed.stdout == "Removed, with its address and its secret.\n"
    assert (again.returncode, again.stderr) == (1, "There is no such endpoint.\n")
    assert empty.stdout == ""


async def test_an_address_that_webhooks_may_not_go_to_is_refused(settings: Settings) -> None:
    refused = await waymark(settings, "webhooks", "add", "ftp://hooks.example/", "--name", "Ours")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Webhooks go over https (http where WAYMARK_WEBHOOK_PRIVATE_ADDRESSES is set).\n"
