"""From where a request comes: by the word of proxies that are trusted, and of nobody else."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from tests.graphql.world import World
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

LONG = "#" * 400
"""A document with it costs nearly all points that an address has here, 20."""


@pytest.mark.parametrize(
    "proxies, is_believed",
    [("", True), ("127.0.0.0/8, 192.0.2.1", True), ("192.0.2.1,198.51.100.0/30", False)],
    ids=["loopback, by default", "by its network", "another"],
)
async def test_forwarded_addresses_are_counted_apart_where_the_proxy_is_trusted(
    own_world: World, proxies: str, is_believed: bool
) -> None:
    settings = replace(own_world.settings, trusted_proxies=proxies, member_points_per_second=1)
    codes = []
    async with listen(settings) as url, httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
        for number, address in enumerate(["198.51.100.1", "198.51.100.2", "198.51.100.2"]):
            query = {"query": f"{{ a{number}: __typename }} {LONG}"}
            answer = await client.post("/graphql", json=query, headers={"x-forwarded-for": address})
            codes.append([error["extensions"]["code"] for error in answer.json().get("errors", [])])

    assert codes == [[], [] if is_believed else ["THROTTLED"], ["THROTTLED"]]
