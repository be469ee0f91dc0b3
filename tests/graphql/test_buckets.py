"""Buckets of points: taken from all or from none, filled by time, and counted by the process while Valkey is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from backend.db.embedded import EmbeddedValkey
from backend.graphql.http import buckets as module
from backend.graphql.http.buckets import Bucket, Buckets, bucket_of
from backend.settings import Settings
from backend.viewer import Viewer

MANY = 1_000_000
"""So many points that what trickles in while a test runs, one a second, makes no difference."""


def nearly(millions: int) -> Any:
    return pytest.approx(millions * MANY, abs=600)


def bucket(maximum: int, rate: int = 1) -> Bucket:
    return Bucket(f"waymark:cost:test:{uuid4().hex}", maximum, rate)


@pytest.fixture
async def kept(valkey: EmbeddedValkey) -> AsyncIterator[Buckets]:
    opened = Buckets(valkey.url())
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def alone() -> AsyncIterator[Buckets]:
    """Buckets of a process whose Valkey is away."""
    opened = Buckets("redis://127.0.0.1:1/0")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(params=["kept", "alone"])
def either(request: pytest.FixtureRequest) -> Buckets:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Buckets)
    return found


async def test_points_are_taken_until_there_are_none(either: Buckets) -> None:
    own = [bucket(100 * MANY)]

    first, second, third = [await either.take(own, 40 * MANY) for _ in range(3)]

    assert (first.fits, first.available) == (True, nearly(60))
    assert (second.fits, second.available) == (True, nearly(20))
    assert (third.fits, third.available) == (False, nearly(20))
    assert third.wait_seconds == nearly(20)


async def test_points_are_taken_from_both_buckets_or_from_none(either: Buckets) -> None:
    own, shared = bucket(100 * MANY), bucket(50 * MANY)

    assert (await either.take([own, shared], 30 * MANY)).bucket == shared
    refused = await either.take([own, shared], 30 * MANY)

    assert (refused.fits, refused.bucket, refused.available) == (False, shared, nearly(20))
    assert (await either.take([own], 70 * MANY)).fits
    assert (await either.take([shared], 20 * MANY)).fits


async def test_a_bucket_fills_again_and_never_past_its_rim(either: Buckets) -> None:
    own = [bucket(1_000, rate=100_000)]
    assert (await either.take(own, 1_000)).fits

    for _ in range(500):
        if (await either.take(own, 1_000)).fits:
            break
        await asyncio.sleep(0.01)
    else:
        raise AssertionError("the bucket never filled")

    await asyncio.sleep(0.02)
    assert (await either.take(own, 1)).available <= 999


async def test_many_at_once_never_take_more_than_there_is(kept: Buckets, valkey: EmbeddedValkey) -> None:
    other = Buckets(valkey.url())
    await other.open()
    own = [bucket(50 * MANY)]

    taken = await asyncio.gather(*((kept if n % 2 else other).take(own, MANY) for n in range(200)))

    assert sum(t.fits for t in taken) == 50
    await other.close()


async def test_a_process_knows_what_it_was_told(kept: Buckets) -> None:
    own = [bucket(100)]
    assert kept.plenty(own)
    assert kept.seem(own, 100).fits

    await kept.take(own, 90)

    assert not kept.plenty(own)
    assert not kept.seem(own, 50).fits
    assert kept.seem(own, 5).fits


async def test_an_outage_lets_through_what_a_bucket_holds_and_no_more(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Buckets(valkey.url())
    await found.open()
    own = [bucket(100)]
    await found.take(own, 50)
    await found.close()  # from here on as if Valkey had gone

    assert [(await found.take(own, 20)).fits for _ in range(4)] == [True, True, False, False]


async def test_what_a_process_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KNOWN", 10)
    found = Buckets("redis://127.0.0.1:1/0")

    for _ in range(50):
        await found.take([bucket(100)], 1)

    assert len(found._known) == 10
    await found.close()


def test_each_credential_has_its_own_bucket_and_a_new_token_brings_no_points() -> None:
    settings = Settings(member_points_per_second=7, staff_points_per_second=9)
    person, account, key = uuid4(), uuid4(), uuid4()

    found = [
        bucket_of(None, "192.0.2.1", settings),
        bucket_of(Viewer("member", account_id=account, person_id=person), "192.0.2.1", settings),
        bucket_of(Viewer("staff", person_id=person), "192.0.2.1", settings),
        bucket_of(Viewer("member", account_id=account, key_id=key), "192.0.2.1", settings),
        bucket_of(Viewer("staff", key_id=key), "192.0.2.1", settings),
    ]

    assert [(b.key.removeprefix("waymark:cost:"), b.maximum, b.rate) for b in found] == [
        ("address:192.0.2.1", 140, 7),
        (f"person:{person.hex}:{account.hex}", 140, 7),
        (f"person:{person.hex}:staff", 180, 9),
        (f"key:{key.hex}", 140, 7),
        (f"key:{key.hex}", 180, 9),
    ]
