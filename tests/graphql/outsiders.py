"""Credentials of people who are no members any more, and rows of the kinds that the world does not have yet."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from backend.accounts.models import Account
from backend.alerts.models import Alert, AlertRule
from backend.applications.models import Application
from backend.db import clock
from backend.db.engine import Database
from backend.identity import keys
from backend.identity.models import ApiKey, MemberState, SignInMethod
from backend.identity.sessions import start
from backend.ingest.models import EventReject, UnresolvedEvent, WriteKey, WriteKeyKind
from backend.permissions import ACCOUNT_SCOPES
from backend.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.factories import make_member
from tests.graphql.world import World, public


async def add_outsiders(database: Database, world: World) -> None:
    """Add `left`, who was an administrator of an account and whose session is open still, and `expired key`."""
    async with database.begin() as session:
        now = await clock.now(session)
        labs = await session.scalar(select(Account.id).where(Account.name == "Acme Labs"))
        assert labs is not None
        gone = await make_member(session, labs, email="gone@acme.example", role="ADMIN")
        world.people["left"] = (gone.person_id, labs)
        begun = await start(session, gone.person_id, labs, how=SignInMethod.PASSWORD)
        world.sessions["left"] = begun.session_id
        gone.state, gone.left_on = MemberState.LEFT.value, world.today
        made = await keys.create(session, name="Expired", words=ACCOUNT_SCOPES, account_id=world.acme.account)
        world.keys["expired key"] = made.text
        earlier = {"created_at": now - timedelta(days=2), "expires_at": now - timedelta(seconds=1)}
        await session.execute(update(ApiKey).where(ApiKey.prefix == keys.prefix_of(made.text)).values(earlier))
        session.add(AlertRule(key="falling", name="Falling", severity="WARNING", definition={}))
        write_key = WriteKey(
            source_id=world.source, name="Server", kind=WriteKeyKind.SERVER.value, prefix="wk_probe", secret_hash=b"x"
        )
        endpoint = WebhookEndpoint(name="Warehouse", host="warehouse.example", url=b"x", secret=b"x", events=[])
        session.add_all([write_key, endpoint])
        await session.flush()
        application = await session.scalar(select(Application.id).where(Application.name == "Front"))
        assert application is not None
        for customer in (world.acme, world.zenith):
            alert = Alert(
                account_id=customer.account, rule_key="falling", severity="WARNING", facts={}, last_seen_at=now
            )
            reject = EventReject(
                source_id=world.source,
                write_key_id=write_key.id,
                code="MISSING",
                field="event",
                reason="no name",
                body=f'"Rejected item of {customer.name}"',
                digest=customer.name.encode(),
            )
            delivery = WebhookDelivery(
                endpoint_id=endpoint.id, type="alert.opened", body={"of": f"Webhook about {customer.name}"}
            )
            waiting = UnresolvedEvent(
                source_id=world.source,
                message_id=f"waiting {customer.name}",
                group_key=f"Waiting for {customer.name}",
                name="opened",
                occurred_at=now,
                properties={},
                is_trusted=True,
            )
            session.add_all([alert, reject, delivery, waiting])
            await session.flush()
            name = f"Key of {customer.name}"
            made = await keys.create(session, name=name, words=["accounts:read"], account_id=customer.account)
            customer.secrets.append(made.id.hex)
            customer.hidden += [f"Rejected item of {customer.name}", f"Webhook about {customer.name}"]
            customer.hidden += [f"Waiting for {customer.name}"]
            customer.hidden += [row.id.hex for row in (alert, reject, waiting, write_key, endpoint, delivery)]
            customer.ids += [
                public(prefix, key)
                for prefix, key in (
                    ("alert", alert.id),
                    ("reject", reject.id),
                    ("unres", waiting.id),
                    ("wkey", write_key.id),
                    ("key", made.id),
                    ("hook", endpoint.id),
                    ("dlv", delivery.id),
                    ("app", application),
                )
            ]
