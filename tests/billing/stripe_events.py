"""Events of Stripe for tests: signed as Stripe signs, from its fixtures or made up."""

from __future__ import annotations

import hmac
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx
from sqlalchemy import text

from backend.billing.stripe import inbox
from backend.db.engine import Database
from backend.settings import Settings
from backend.work import claims
from jobs.actors import ACTORS
from jobs.runner import Runner

SECRET = "whsec_made_up_for_tests_0123456789"
_numbers = itertools.count(1)


def sign(body: bytes, secret: str = SECRET, *, at: int) -> str:
    """The header `Stripe-Signature`."""
    made = hmac.new(secret.encode(), b"%d." % at + body, sha256).hexdigest()
    return f"t={at},v1={made}"


def unix(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())


def event(kind: str, thing: Mapping[str, Any], at: str, **more: Any) -> dict[str, Any]:
    """An event whose id is new."""
    data = {"object": dict(thing)} | ({"previous_attributes": more.pop("previous")} if "previous" in more else {})
    return {
        "id": f"evt_{next(_numbers):06}",
        "object": "event",
        "api_version": "2024-06-20",
        "created": unix(at),
        "type": kind,
        "data": data,
        "pending_webhooks": 1,
        **more,
    }


def price(key: str = "price_team", amount: int = 1_000, currency: str = "usd", **more: Any) -> dict[str, Any]:
    recurring = {"interval": "month", "interval_count": 1, "usage_type": "licensed"} | more.pop("recurring", {})
    made = {"id": key, "object": "price", "currency": currency, "unit_amount": amount, "product": f"prod_{key[6:]}"}
    return made | {"recurring": recurring} | more


def item(what: Mapping[str, Any] | None = None, quantity: int | None = 1, key: str = "si_1", **more: Any) -> Any:
    return {"id": key, "created": 1_700_000_000, "price": what or price(), "quantity": quantity} | more


def subscription(*items: Any, start: str = "2026-01-10", status: str = "active", **more: Any) -> dict[str, Any]:
    return {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": status,
        "start_date": unix(start),
        "items": {"object": "list", "data": list(items) or [item()], "has_more": False},
        "cancel_at_period_end": False,
        **more,
    }


def invoice(**more: Any) -> dict[str, Any]:
    return {
        "id": "in_1",
        "object": "invoice",
        "customer": "cus_1",
        "status": "open",
        "amount_due": 2_000,
        "amount_remaining": 2_000,
        "currency": "usd",
        "created": unix("2026-02-01"),
        "status_transitions": {"finalized_at": unix("2026-02-01")},
        **more,
    }


@dataclass
class Stripe:
    """Stripe, as the webhook endpoint meets it."""

    database: Database
    settings: Settings
    client: httpx.AsyncClient | None = None

    async def connect(self, secret: str = SECRET, source: str = "stripe") -> None:
        async with self.database.begin() as session:
            await inbox.set_secret(session, self.settings, source_key=source, secret=secret)

    async def now(self) -> int:
        async with self.database.begin() as session:
            return int(await session.scalar(text("select extract(epoch from waymark_now())::bigint")) or 0)

    async def send(self, said: Any, path: str = "/webhooks/stripe", **headers: str) -> httpx.Response:
        """Post an event, signed now."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        assert self.client is not None
        signed = headers.pop("signature", None) or sign(body, at=await self.now())
        return await self.client.post(path, content=body, headers={"stripe-signature": signed, **headers})

    async def deliver(self, *said: Mapping[str, Any], then_work: bool = True) -> None:
        """Take events into the inbox as the endpoint does, and do what follows."""
        for one in said:
            async with self.database.begin() as session:
                source = await session.scalar(text("select id from sources where key = 'stripe'"))
                assert source is not None
                await inbox.receive(session, source, json.dumps(one).encode())
        if then_work:
            await self.work()

    async def work(self) -> None:
        """Do all work about billing that is due. A failure is an error."""
        await do_all_work(self.database, [kind for kind in ACTORS if kind.startswith("billing.take")])

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.database.begin() as session:
            return [tuple(row) for row in await session.execute(text(statement), values)]

    async def terms(self) -> list[tuple[Any, ...]]:
        """What is believed now of all terms."""
        return await self.rows(
            """select a.external_id, s.external_id, plan_key, status, starts_on::text, ends_on::text, mrr_minor,
                      currency
               from subscriptions s join accounts a on a.id = s.account_id where superseded_on is null order by 2, 5"""
        )

    async def facts(self) -> list[tuple[Any, ...]]:
        """What is believed now of what happened."""
        return await self.rows(
            """select kind, object_key, occurred_on::text, amount_minor, currency
               from billing_facts where superseded_on is null order by 3, 1, 2, 4"""
        )

    async def domain_events(self) -> list[tuple[str, Any]]:
        found = await self.rows("select type, body from domain_events order by id")
        return [(kind, body) for kind, body in found]


async def do_all_work(database: Database, kinds: list[str]) -> None:
    runner = Runner(database)
    while True:
        async with claims.autocommit(database.engine()) as connection:
            due = list(await claims.due_kinds(connection, kinds))
        if not due:
            break
        for kind in due:
            await runner.answer(kind)
    async with database.begin() as session:
        errors = (await session.scalars(text("select last_error from work_items where last_error is not null"))).all()
    assert errors == []
