"""In production webhooks go to the internet alone, over https, whatever a name leads to."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from backend.errors import InvalidInput
from backend.settings import Settings
from backend.webhooks import addresses, sending
from backend.webhooks.addresses import ForbiddenAddress, check_url, may_go_to, resolve
from backend.webhooks.models import Failure
from tests.webhook_receiver import receiver

PRODUCTION = Settings(env="production")
ALLOWED = Settings(env="production", webhook_private_addresses=True)


@pytest.mark.unit
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104 - nothing is bound
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fd00::1",
        "fe80::1",
        "ff0e::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_of_no_use_to_the_internet_are_refused(address: str) -> None:
    assert may_go_to(PRODUCTION, ip_address(address)) is False
    assert may_go_to(ALLOWED, ip_address(address)) is True


@pytest.mark.unit
@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert may_go_to(PRODUCTION, ip_address(address)) is True


@pytest.mark.unit
@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "https://",
        "https://user:pass@hooks.example/",
        "https://hooks.example/#x",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1:8443/x",
        "https://hooks.example:99999/",
        "https://hooks.example/a b",
        "https://hooks.example/" + "x" * 2_000,
    ],
)
def test_urls_that_webhooks_may_not_go_to_are_refused_at_once(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_url(PRODUCTION, url)


@pytest.mark.unit
def test_a_url_is_shown_by_its_host_alone() -> None:
    assert check_url(PRODUCTION, "https://hooks.example/services/T0/secret") == "hooks.example"
    assert check_url(PRODUCTION, "https://hooks.example:8443/x?y=z") == "hooks.example:8443"
    assert check_url(ALLOWED, "http://10.0.0.1/x") == "10.0.0.1"


@pytest.mark.unit
@pytest.mark.parametrize("name", ["a" * 64 + ".example", "a..example", "xn--0"])
async def test_a_name_that_is_none_is_unreachable(name: str) -> None:
    outcome = await sending.post(PRODUCTION, sending.Attempt(name, f"https://{name}/", {}, b"{}"))

    assert outcome.failure is Failure.UNREACHABLE


@pytest.mark.unit
@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f000001"])
async def test_a_name_that_leads_home_is_refused_and_nothing_is_sent(name: str) -> None:
    async with receiver() as there:
        url = there.url(host=name)
        with pytest.raises(ForbiddenAddress):
            await resolve(PRODUCTION, url)
        outcome = await sending.post(PRODUCTION, sending.Attempt(name, url, {}, b"{}"))
        allowed = await sending.post(ALLOWED, sending.Attempt(name, url, {}, b"{}"))

    assert outcome.failure is Failure.FORBIDDEN_ADDRESS
    assert (allowed.code, allowed.failure) == (204, None)
    assert len(there.requests) == 1


@pytest.mark.unit
async def test_a_name_is_resolved_once_and_every_address_has_to_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    asked: list[str] = []
    answers = [[("8.8.8.8", 443)], [("8.8.8.8", 443), ("127.0.0.1", 443)]]

    async def getaddrinfo(name: str, _port: int, **_more: object) -> list[tuple[object, ...]]:
        asked.append(name)
        return [(0, 0, 0, "", address) for address in answers[len(asked) - 1]]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)

    target = await resolve(PRODUCTION, "https://hooks.example/x?y=z")
    with pytest.raises(ForbiddenAddress):
        await resolve(PRODUCTION, "https://hooks.example/x?y=z")

    assert target == addresses.Target("https://8.8.8.8:443/x?y=z", "hooks.example", "hooks.example")
    assert asked == ["hooks.example"] * 2
