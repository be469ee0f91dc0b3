"""Asking other servers for JSON: within a time, up to a size, over https, without following redirects.

The addresses come from whoever runs Waymark, or from a document at such an address, never from a visitor.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from backend.errors import InvalidInput
from backend.hosts import is_loopback
from backend.settings import Settings

LONGEST_SECONDS = 10.0
LONGEST_BODY = 256 * 1024
LONGEST_URL = 2_000


class NoAnswer(Exception):
    """The other server cannot be reached, or what it answers cannot be used. The message is for the log."""


def check_url(settings: Settings, url: object) -> str:
    """The URL, where Waymark may ask there: https, or http on loopback in development. Raises InvalidInput."""
    if not isinstance(url, str) or len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise InvalidInput(f"Give a URL of at most {LONGEST_URL} characters.", field=["url"])
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput(f"{url} is no URL.", field=["url"]) from None
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidInput(f"{url}: give https://, a host and a path; no user name and no fragment.", field=["url"])
    if parts.scheme == "https" or (parts.scheme == "http" and settings.env == "development" and is_loopback(host)):
        return url
    raise InvalidInput(f"{url}: only https is asked (in development http on loopback too).", field=["url"])


@lru_cache(maxsize=1)
def trust() -> ssl.SSLContext:
    """The certificates that the host trusts, read once: that takes longer than most answers."""
    return ssl.create_default_context()


async def ask_json(
    settings: Settings,
    url: object,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    auth: httpx.Auth | None = None,
) -> dict[str, Any]:
    """The JSON object that the URL answers to a GET, or to a POST of the form. Raises NoAnswer."""
    try:
        checked = check_url(settings, url)
        async with (
            asyncio.timeout(LONGEST_SECONDS),
            httpx.AsyncClient(verify=trust(), trust_env=False, timeout=LONGEST_SECONDS) as client,
        ):
            request = client.build_request(
                "GET" if form is None else "POST",
                checked,
                data=form,
                headers={"accept": "application/json", "accept-encoding": "identity", **(headers or {})},
            )
            answer = await client.send(request, auth=auth, stream=True)
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > LONGEST_BODY:
                    raise NoAnswer(f"{checked} answers more than {LONGEST_BODY} bytes")
    except InvalidInput as error:
        raise NoAnswer(error.message) from None
    except TimeoutError:
        raise NoAnswer(f"{url} does not answer within {LONGEST_SECONDS:.0f} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # the last two of names that are none
        raise NoAnswer(f"{url}: {type(error).__name__}") from error
    if answer.status_code != 200 or answer.headers.get("content-encoding", "identity") != "identity":
        raise NoAnswer(f"{checked} answers {answer.status_code}")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NoAnswer(f"{checked} answers no JSON") from None
    if not isinstance(found, dict):
        raise NoAnswer(f"{checked} answers no JSON object")
    return found
