"""The body of a request to `/v1`: read within bounds, inflated, parsed; taken as a whole or refused as a whole."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from backend.errors import InvalidInput, LimitReached

HARD_LIMIT = 5 * 1024 * 1024
"""Inflated bytes of a body, whatever the settings say."""
MOST_ITEMS = 5_000
PIECE = 64 * 1024


class TooLarge(LimitReached):
    """The body is longer than allowed."""

    code = "TOO_LARGE"


@dataclass(frozen=True, slots=True)
class Body:
    """A parsed body."""

    fields: Mapping[str, Any]
    size: int
    """Inflated bytes."""
    may_hold_nul: bool
    """Some text in it may hold U+0000; where none can, nobody has to look."""


async def read(stream: AsyncIterator[bytes], encoding: str, most: int) -> Body:
    """Read a body of at most `most` inflated bytes (5 MiB at the utmost). The content type says nothing: clients lie.

    Raises TooLarge, and InvalidInput for what is no JSON object or cannot be inflated.
    """
    most = min(most, HARD_LIMIT)
    content = bytearray()
    match encoding.strip().lower():
        case "" | "identity":
            async for piece in stream:
                _add(content, piece, most)
        case "gzip" | "x-gzip":
            await _inflate(stream, content, most)
        case other:
            raise InvalidInput(f"The content-encoding {other[:40]!r} is not known here; send gzip, or none.")
    try:
        fields = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"The body is not JSON: {error}.") from None
    if not isinstance(fields, dict):
        raise InvalidInput("The body is no JSON object.")
    return Body(fields, len(content), b"\\u0000" in content)


def items_of(fields: Mapping[str, Any]) -> list[Any]:
    """The items of a batch. Raises InvalidInput where there is none, TooLarge for too many."""
    items = fields.get("batch")
    if not isinstance(items, list):
        raise InvalidInput('`batch` is no list. Send {"batch": [{"type": "track", …}, …]}.')
    if len(items) > MOST_ITEMS:
        raise TooLarge(f"The batch has {len(items):,} items where {MOST_ITEMS:,} are allowed; split it.")
    return items


def item_of(fields: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The item of a route that takes one: the body with the route's type and without its key, which nothing keeps."""
    return {name: value for name, value in fields.items() if name != "writeKey"} | {"type": kind}


def key_of(authorization: str | None, fields: Mapping[str, Any]) -> str | None:
    """The write key: the user name of Basic authentication, as clients of servers send it, else `writeKey`."""
    if authorization:
        scheme, _, credential = authorization.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            return base64.b64decode(credential.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return None
    key = fields.get("writeKey")
    return key if isinstance(key, str) else None


async def _inflate(stream: AsyncIterator[bytes], content: bytearray, most: int) -> None:
    inflater = zlib.decompressobj(wbits=31)
    try:
        async for piece in stream:
            while piece:
                # A bomb is noticed before it has grown: no more is inflated at once than is still allowed.
                _add(content, inflater.decompress(piece, PIECE), most)
                piece = inflater.unconsumed_tail
            if inflater.unused_data:
                raise InvalidInput("The gzip body goes on behind its end.")
    except zlib.error:
        raise InvalidInput("The body says that it is gzip and is not.") from None
    _add(content, inflater.flush(), most)
    if not inflater.eof:
        raise InvalidInput("The gzip body is cut off.")


def _add(content: bytearray, piece: bytes, most: int) -> None:
    content += piece
    if len(content) > most:
        raise TooLarge(f"The body is longer than {most:,} bytes; split it.")
