"""Logos: images as `data:` addresses, which pages show without asking anybody for them, and which do nothing."""

from __future__ import annotations

import binascii
import re
import struct
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.parsers import expat

ADDRESS = re.compile(r"data:(image/(?:png|svg\+xml|webp));base64,([A-Za-z0-9+/]+={0,2})")
MOST_CHARACTERS = 50_000
"""Of an address: some 37 kB of image."""
ACTIVE = frozenset({"script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler"})
"""Elements of an SVG that do something, or show something else than a picture."""
HELD_WITHIN = ("#", "data:image/png;", "data:image/jpeg;", "data:image/webp;")
"""How what an SVG refers to begins where it is within the file."""
FETCHED = re.compile(r"""url\(\s*['"]?(?!#|['"\s])|@import|expression\(""", re.IGNORECASE)
NARROWEST, WIDEST = 0.25, 6.0


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo, read."""

    kind: str
    """Its media type."""
    body: bytes
    proportion: float
    """Width to height, between 1 to 4 and 6 to 1; what is beyond is shown with a margin."""


def pictured(words: str) -> str:
    """A logo that pages can show without harm. Raises ValueError saying what is wrong with it."""
    read(words)
    return words


def read(words: str) -> Logo:
    """What a `data:` address holds. Raises ValueError saying what is wrong with it."""
    if len(words) > MOST_CHARACTERS:
        raise ValueError(f"has more than {MOST_CHARACTERS:,} characters. Make the image smaller.")
    found = ADDRESS.fullmatch(words)
    if found is None:
        raise ValueError("should match data:image/png;base64,… with an image of PNG, SVG (svg+xml) or WebP.")
    try:
        body = b64decode(found[2], validate=True)
        width, height = SIZES[found[1]](body)
    except (binascii.Error, struct.error, expat.ExpatError, UnicodeDecodeError):
        raise ValueError(f"is no image of {found[1]}. Take the file again.") from None
    if width <= 0 or height <= 0:
        raise ValueError("has no width or no height.")
    return Logo(found[1], body, min(max(width / height, NARROWEST), WIDEST))


def _png(body: bytes) -> tuple[float, float]:
    signature, width, height = struct.unpack(">8s8x2I", body[:24])
    if signature != b"\x89PNG\r\n\x1a\n":
        raise struct.error
    return width, height


def _webp(body: bytes) -> tuple[float, float]:
    riff, webp, kind = struct.unpack("<4s4x4s4s", body[:16])
    if (riff, webp) != (b"RIFF", b"WEBP"):
        raise struct.error
    if kind == b"VP8X":
        [low, high] = struct.unpack("<II", body[24:27] + b"\0" + body[27:30] + b"\0")
        return low + 1, high + 1
    if kind == b"VP8L":
        [bits] = struct.unpack("<I", body[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<2H", body[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _svg(body: bytes) -> tuple[float, float]:
    """Its size by the view box, or else by width and height. Refuses what does or fetches something."""
    size: list[tuple[float, float]] = []
    words: list[str] = []

    def begins(name: str, attributes: dict[str, str]) -> None:
        element = _bare(name)
        if not size and element != "svg":
            raise ValueError("is no SVG: its outermost element is another.")
        if element in ACTIVE:
            raise ValueError(f"is an SVG with <{element}>, which a picture does not need. Take it out.")
        for word, value in attributes.items():
            attribute = _bare(word)
            far = attribute == "href" and not value.strip().lower().startswith(HELD_WITHIN)
            if attribute.startswith("on") or far or FETCHED.search(value):
                raise ValueError(f"is an SVG whose {attribute} runs or fetches something. Take it out.")
        if not size:
            size.append(_size(attributes))

    def refuses(*_declared: object) -> None:
        raise ValueError("is an SVG with a DOCTYPE or a style sheet of elsewhere. Take it out.")

    parser = expat.ParserCreate(encoding="utf-8")
    parser.StartElementHandler = begins
    parser.CharacterDataHandler = words.append
    parser.StartDoctypeDeclHandler = parser.ProcessingInstructionHandler = refuses
    parser.Parse(body.decode("utf-8"), True)
    if FETCHED.search("".join(words)):
        raise ValueError("is an SVG with a style that fetches something. Take it out.")
    return size[0]


def _bare(name: str) -> str:
    """A name without its namespace, in small letters."""
    return name.rpartition(":")[2].lower()


def _size(attributes: Mapping[str, str]) -> tuple[float, float]:
    numbers = re.findall(r"[-+.\deE]+", attributes.get("viewBox", ""))[2:]
    if len(numbers) != 2:
        numbers = [re.sub(r"px$|pt$", "", attributes.get(side, "").strip()) for side in ("width", "height")]
    try:
        width, height = map(float, numbers)
    except ValueError:
        raise ValueError("is an SVG without a viewBox, so that its size is not known. Give it one.") from None
    return width, height


SIZES: Mapping[str, Callable[[bytes], tuple[float, float]]] = {
    "image/png": _png,
    "image/svg+xml": _svg,
    "image/webp": _webp,
}
"""By the media type: how wide and how high an image is, in whatever unit."""
