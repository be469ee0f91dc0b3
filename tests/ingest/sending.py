"""Sending to /v1 in tests: a key, requests, and what the database holds afterwards."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from sqlalchemy import text

from backend.db.engine import Database
from backend.ingest import write_keys
from backend.ingest.models import WriteKeyKind
from backend.ingest.upkeep import make_partitions
from backend.settings import Settings
from tests.serving import serve

PAGE = "https://app.example.com"


@dataclass
class Sender:
    """A client with a key of a server and one of a browser, both of the source `product`."""

    client: httpx.AsyncClient
    database: Database
    key: str
    browser_key: str

    async def send(self, kind: str, body: Any, *, key: str | None = None, **headers: str) -> httpx.Response:
        """POST a JSON body with Basic authentication."""
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return await self.client.post(f"/v1/{kind}", content=content, auth=(key or self.key, ""), headers=headers)

    async def batch(self, items: Sequence[Any], **more: Any) -> dict[str, Any]:
        """POST a batch that is taken, and its answer."""
        answer = await self.send("batch", {"batch": items, **more})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def from_page(self, kind: str, body: Any, origin: str = PAGE) -> httpx.Response:
        """POST as a page does: the key in the body, the origin in a header, no content type to speak of."""
        content = orjson.dumps({**body, "writeKey": self.browser_key})
        return await self.client.post(f"/v1/{kind}", content=content, headers={"origin": origin})

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the database holds."""
        async with self.database.begin() as session:
            return [tuple(row) for row in await session.execute(text(statement), values)]

    async def nothing_is_stored(self) -> bool:
        """Whether no event, reject, person or account came of what was sent."""
        tables = ("events", "event_keys", "event_marks", "unresolved_events", "event_rejects", "persons", "accounts")
        counts = [await self.rows(f"select count(*) from {table}") for table in tables]
        return counts == [[(0,)]] * len(tables)


@asynccontextmanager
async def sending(settings: Settings, database: Database) -> AsyncIterator[Sender]:
    """A sender against an API process with these settings."""
    async with database.begin() as session:
        await make_partitions(session)
        key = await write_keys.create(session, name="server", source_key="product", kind=WriteKeyKind.SERVER)
        page = await write_keys.create(
            session, name="page", source_key="product", kind=WriteKeyKind.BROWSER, origins=[PAGE]
        )
    async with serve(settings) as client:
        yield Sender(client, database, key.text, page.text)


def zipped(body: Any) -> bytes:
    """A JSON body as clients compress it."""
    return gzip.compress(orjson.dumps(body))
