"""Where webhooks may go: to addresses of the internet, unless whoever runs Waymark allows others.

Whoever may name an address would otherwise have Waymark speak to the servers of its own network. Names are resolved
once an attempt, every address they have must be allowed, and the connection is made to the very address that was
looked at: a name that resolves otherwise the next moment gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit, urlunsplit

from backend.errors import InvalidInput
from backend.settings import Settings

LONGEST_URL = 2_000
PORTS = {"https": 443, "http": 80}
TRANSLATED = (
    ip_network("64:ff9b::/96"),
    ip_network("64:ff9b:1::/48"),
    ip_network("2002::/16"),
    ip_network("2001::/32"),
)
"""NAT64, 6to4 and Teredo: addresses that carry another one, which may be private."""


class ForbiddenAddress(Exception):
    """The host resolves to an address that webhooks may not go to."""


@dataclass(frozen=True)
class Target:
    """Where an attempt goes."""

    url: str
    """With the address in place of the name."""
    authority: str
    """The header Host."""
    name: str
    """The name that the certificate has to have."""


def is_open(settings: Settings) -> bool:
    """Whether private addresses, and http, are allowed."""
    return settings.env == "development" or settings.webhook_private_addresses


def check_url(settings: Settings, url: str) -> str:
    """Host and port of a URL that webhooks may go to. Raises InvalidInput; names are resolved at each attempt."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidInput(f"Give a URL of at most {LONGEST_URL:,} ASCII characters.", field=["url"])
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput("This is no URL.", field=["url"]) from None
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidInput("Give https://, a host and a path; no user name and no fragment.", field=["url"])
    if parts.scheme != "https" and not (parts.scheme == "http" and is_open(settings)):
        raise InvalidInput(
            "Webhooks go over https (http where WAYMARK_WEBHOOK_PRIVATE_ADDRESSES is set).", field=["url"]
        )
    try:
        if not may_go_to(settings, ip_address(host)):
            raise InvalidInput(
                "Webhooks go to public addresses (others where WAYMARK_WEBHOOK_PRIVATE_ADDRESSES is set).",
                field=["url"],
            )
    except ValueError:
        pass  # a name, not an address
    return f"{host}:{port}" if port is not None else host


def may_go_to(settings: Settings, address: IPv4Address | IPv6Address) -> bool:
    """Whether webhooks may go to an address."""
    if is_open(settings):
        return True
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return may_go_to(settings, mapped)
    return address.is_global and not address.is_multicast and not any(address in those for those in TRANSLATED)


async def resolve(settings: Settings, url: str) -> Target:
    """The address that a URL leads to now. Raises ForbiddenAddress, and OSError where the name leads nowhere."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    port = parts.port or PORTS[parts.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses:
        raise OSError(f"{name} has no address")
    if not all(may_go_to(settings, address) for address in addresses):
        raise ForbiddenAddress
    address = addresses[0]
    written = f"[{address}]" if address.version == 6 else str(address)
    return Target(urlunsplit(parts._replace(netloc=f"{written}:{port}")), parts.netloc, name)
